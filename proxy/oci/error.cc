#include "proxy/oci/error.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace longshore {
namespace {

// Seconds that a client should leave an upstream alone. Podman and ORAS obey; the others move on by
// themselves.
constexpr int kPatience = 10;
constexpr int kAMoment = 1;

constexpr std::array<ErrorRow, 14> kTable = {{
    {Code::kInvalid, 400, OciCode::kUnsupported, {}},
    {Code::kNotFound, 404, OciCode::kNameUnknown, {}},
    {Code::kDenied, 403, OciCode::kDenied, {}},
    {Code::kUnsupported, 405, OciCode::kUnsupported, {}},
    // Only what an upstream sends is ever too large here, so the blame is not the client's.
    {Code::kTooLarge, 502, OciCode::kSizeInvalid, {}},
    {Code::kRateLimited, 503, OciCode::kTooManyRequests, kPatience},
    {Code::kUnavailable, 503, OciCode::kUnavailable, kAMoment},
    {Code::kTimeout, 503, OciCode::kUnavailable, kAMoment},
    {Code::kBadUpstream, 502, OciCode::kUnavailable, {}},
    {Code::kCorrupt, 502, OciCode::kUnavailable, {}},
    {Code::kNoSpace, 503, OciCode::kUnavailable, kPatience},
    {Code::kIo, 500, OciCode::kUnknown, {}},
    {Code::kCancelled, 503, OciCode::kUnavailable, kAMoment},
    {Code::kInternal, 500, OciCode::kUnknown, {}},
}};

OciCode NotFoundCode(Asked asked) {
  switch (asked) {
    case Asked::kManifest:
      return OciCode::kManifestUnknown;
    case Asked::kBlob:
      return OciCode::kBlobUnknown;
    case Asked::kTags:
    case Asked::kReferrers:
    case Asked::kOther:
      break;
  }
  return OciCode::kNameUnknown;
}

OciCode InvalidCode(Asked asked) {
  switch (asked) {
    case Asked::kManifest:
      return OciCode::kManifestInvalid;
    case Asked::kBlob:
    case Asked::kReferrers:
      return OciCode::kDigestInvalid;
    case Asked::kTags:
      return OciCode::kNameInvalid;
    case Asked::kOther:
      break;
  }
  return OciCode::kUnsupported;
}

}  // namespace

std::string_view ToString(OciCode code) {
  switch (code) {
    case OciCode::kBlobUnknown:
      return "BLOB_UNKNOWN";
    case OciCode::kDigestInvalid:
      return "DIGEST_INVALID";
    case OciCode::kManifestInvalid:
      return "MANIFEST_INVALID";
    case OciCode::kManifestUnknown:
      return "MANIFEST_UNKNOWN";
    case OciCode::kNameInvalid:
      return "NAME_INVALID";
    case OciCode::kNameUnknown:
      return "NAME_UNKNOWN";
    case OciCode::kSizeInvalid:
      return "SIZE_INVALID";
    case OciCode::kUnauthorized:
      return "UNAUTHORIZED";
    case OciCode::kDenied:
      return "DENIED";
    case OciCode::kUnsupported:
      return "UNSUPPORTED";
    case OciCode::kTooManyRequests:
      return "TOOMANYREQUESTS";
    case OciCode::kUnknown:
      return "UNKNOWN";
    case OciCode::kUnavailable:
      return "UNAVAILABLE";
  }
  return "UNKNOWN";
}

std::span<const ErrorRow> ErrorTable() {
  return kTable;
}

ApiError ToApiError(const Error& error, Asked asked) {
  const auto row = std::find_if(kTable.begin(), kTable.end(),
                                [&error](const ErrorRow& it) { return it.code == error.code; });
  if (row == kTable.end()) return {500, OciCode::kUnknown, error.message, {}};
  OciCode oci = row->oci;
  if (error.code == Code::kNotFound) oci = NotFoundCode(asked);
  if (error.code == Code::kInvalid) oci = InvalidCode(asked);
  auto retry_after = row->retry_after;
  if (retry_after && error.retry_after > *retry_after) retry_after = error.retry_after;
  return {row->status, oci, error.message, retry_after};
}

std::string ErrorBody(OciCode code, std::string_view message, std::string_view detail) {
  nlohmann::ordered_json entry = {{"code", ToString(code)}, {"message", message}};
  if (!detail.empty()) entry["detail"] = detail;
  const nlohmann::ordered_json body = {{"errors", nlohmann::ordered_json::array({entry})}};
  return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string ErrorBody(const ApiError& error) {
  return ErrorBody(error.code, error.message);
}

}  // namespace longshore
