#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/http/fields.h"
#include "proxy/upstream/transfer.h"

namespace longshore {

// What the proxy wants of a registry.
struct UpstreamRequest {
  std::string method = "GET";
  std::string path;        // "/v2/library/debian/manifests/12", percent-encoded, with its query
  std::string repository;  // whose pull scope is needed: "library/debian"
  Fields fields;           // Accept, Range, …; never Authorization
  std::string_view kind;   // a literal, for metrics: manifest, blob, tags, referrers
  bool bulk = false;       // large: over HTTP/1.1
  // Worth compressing: asked for with Accept-Encoding, and with the field that makes another
  // Longshore send its stored frames (hop.h). The observer sees the decoded bytes.
  bool may_be_encoded = false;
  // Where an earlier request for the same thing was redirected to (a presigned URL): asked first,
  // without credentials; when it refuses, the ordinary way is taken.
  std::string location;
  int location_url = 0;  // which of the upstream's URLs it was (TransferHead::url)
};

// One registry as a client sees it: credentials, redirects and retries are dealt with inside. One
// per loop and upstream; lives on that loop.
//
// The observer sees only the final success: OnHead with 200 or 206. Everything else arrives as
// OnDone with an error whose message names the upstream: kNotFound (404), kDenied (401, 403),
// kRateLimited (429), kUnavailable (5xx, connection), kTimeout, kBadUpstream (the rest). Passing
// failures before OnHead have been retried; after OnHead nothing is: the caller knows what it has
// and continues by range.
class Upstream {
 public:
  Upstream() = default;
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;
  virtual ~Upstream() = default;
  virtual const std::string& name() const = 0;
  virtual TransferPtr Start(UpstreamRequest request, TransferObserver& observer) = 0;
  // The part of its rate limit that is left, from 0 to 1; nothing where it has none, or has not
  // said so of late.
  virtual std::optional<double> LimitLeft() const { return std::nullopt; }
};

// Counts what goes to upstreams. Called on any loop.
class UpstreamMetrics {
 public:
  UpstreamMetrics() = default;
  UpstreamMetrics(const UpstreamMetrics&) = delete;
  UpstreamMetrics& operator=(const UpstreamMetrics&) = delete;
  virtual ~UpstreamMetrics() = default;
  // One request over the wire, when its head came (status) or it failed before (0).
  virtual void OnAnswer(std::string_view upstream, std::string_view kind, std::string_view method,
                        int status, Duration elapsed) = 0;
  virtual void OnFailure(std::string_view upstream, std::string_view reason) = 0;
  virtual void OnBytes(std::string_view upstream, uint64_t bytes) = 0;
};

}  // namespace longshore
