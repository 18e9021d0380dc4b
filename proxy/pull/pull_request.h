#pragma once

#include <optional>
#include <string>

#include "cache/index/repository.h"
#include "proxy/http/exchange.h"
#include "proxy/oci/cache_status.h"
#include "proxy/oci/error.h"
#include "proxy/oci/route.h"

namespace longshore {

// One request of the registry API, routed to a repository of an upstream. Copyable; lives on the
// client's loop.
struct PullRequest {
  ExchangePtr exchange;
  Route route;
  RepositoryKey repository;
};

// Answers share these headers: Docker-Distribution-Api-Version, and OCI-Namespace when the client
// gave `ns`.
Response NewResponse(int status, const std::optional<std::string>& ns);
// Adds Cache-Status and notes the verdict for log and metrics.
void SetVerdict(const PullRequest& request, Response& response, Verdict verdict);
// The OCI JSON error for `error`, whose message the client sees.
void RespondError(const PullRequest& request, const Error& error);
void RespondApiError(Exchange& exchange, const ApiError& error,
                     const std::optional<std::string>& ns);
// The ETag of content is its digest ("sha256:…"), quoted.
std::string ETagOf(std::string_view digest);
// RFC 9110 §13.1.2: does If-None-Match name the ETag of this digest? Weak comparison.
bool MatchesIfNoneMatch(const Request& request, std::string_view digest);

}  // namespace longshore
