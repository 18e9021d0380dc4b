#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cache/base/result.h"

namespace longshore {

// The error codes that clients of the registry API see: distribution-spec 1.1, "Error Codes". The
// last two are not the spec's (which allows more) but CNCF distribution's, and clients know them.
enum class OciCode {
  kBlobUnknown,
  kDigestInvalid,
  kManifestInvalid,
  kManifestUnknown,
  kNameInvalid,
  kNameUnknown,
  kSizeInvalid,
  kUnauthorized,
  kDenied,
  kUnsupported,
  kTooManyRequests,
  kUnknown,
  kUnavailable,
};
std::string_view ToString(OciCode code);  // "BLOB_UNKNOWN"

// What the client wanted: decides which code "not found" and "invalid" become.
enum class Asked { kManifest, kBlob, kTags, kReferrers, kOther };

// A refusal or failure as the client gets it.
struct ApiError {
  int status = 500;
  OciCode code = OciCode::kUnknown;
  std::string message;
  std::optional<int> retry_after;  // seconds, for the Retry-After header
};

// One line of the table that maps a Code to what the client sees.
struct ErrorRow {
  Code code;
  int status;
  OciCode oci;  // replaced by what was asked for kNotFound and kInvalid
  std::optional<int> retry_after;
};
// Every Code once, in the order of the enum.
std::span<const ErrorRow> ErrorTable();

// Never 429: containerd repeats on it five times without a pause, while 503 moves it on at once.
ApiError ToApiError(const Error& error, Asked asked);

// The JSON body: {"errors":[{"code":…,"message":…,"detail":…}]}. `detail` is left out when empty.
// Bytes that are not UTF-8 (they may come from the client's own target) become U+FFFD.
std::string ErrorBody(OciCode code, std::string_view message, std::string_view detail = {});
std::string ErrorBody(const ApiError& error);

}  // namespace longshore
