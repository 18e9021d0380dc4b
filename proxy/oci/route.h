#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "cache/base/digest.h"
#include "proxy/oci/error.h"
#include "proxy/oci/percent.h"

namespace longshore {

// The endpoints of distribution-spec 1.1, "Endpoints", that this proxy tells apart.
enum class RouteKind {
  kPing,       // /v2/ and /v2
  kManifest,   // /v2/<name>/manifests/<reference>
  kBlob,       // /v2/<name>/blobs/<digest>
  kTagsList,   // /v2/<name>/tags/list
  kReferrers,  // /v2/<name>/referrers/<digest>
  kUpload,     // /v2/<name>/blobs/uploads/…: only ever refused
  kCatalog,    // /v2/_catalog: not the spec's any more, but asked for
};
// "manifest": a closed set, also the `kind` label of metrics.
std::string_view ToString(RouteKind kind);
// For ToApiError.
Asked AskedBy(RouteKind kind);

// A request target, taken apart. Every text is percent-decoded. `name` and `reference` are within
// their grammars (for kUpload only `name` is), so they are safe in a file name, a log line and an
// upstream's path.
struct Route {
  RouteKind kind = RouteKind::kPing;
  std::string name;       // as the client wrote it: it may still begin with an upstream's name
  std::string reference;  // tag or digest; for kUpload the rest of the path
  std::optional<Digest> digest;  // set when `reference` is one; always for kBlob and kReferrers
  // The authority of an absolute-form target. It replaces the Host header: RFC 9112 §3.2.2.
  std::optional<std::string> authority;

  QueryPairs query;               // all of it, also what an upstream's own pagination put there
  std::optional<std::string> ns;  // visible ASCII, not empty: "?ns=" is as good as none
  std::optional<std::string> n;
  std::optional<std::string> last;
  std::optional<std::string> artifact_type;
};

// `target` is the request target as it came: origin-form or absolute-form (http or https). It is
// split first and decoded once after that, so an encoded slash never separates components, and dot
// segments are never resolved: they are not in the grammar. Refusals:
//   400 NAME_INVALID      a malformed name or ns, or a malformed %XX in the path
//   400 DIGEST_INVALID    a malformed digest, or one that is neither sha256 nor sha512
//   404 MANIFEST_UNKNOWN  a malformed tag: the spec's conformance suite asks for
//                         manifests/.INVALID_MANIFEST_NAME and wants 404
//   400 UNSUPPORTED       a malformed %XX in the query, user-info in an absolute-form target
//   404 UNSUPPORTED       any other path
// Pure, any thread; about half a microsecond.
[[nodiscard]] tl::expected<Route, ApiError> ParseRoute(std::string_view target);

}  // namespace longshore
