#include "proxy/pull/pull_request.h"

#include <utility>

namespace longshore {

Response NewResponse(int status, const std::optional<std::string>& ns) {
  Response response;
  response.status = status;
  response.fields.Add("Docker-Distribution-Api-Version", "registry/2.0");
  if (ns) response.fields.Add("OCI-Namespace", *ns);
  return response;
}

void SetVerdict(const PullRequest& request, Response& response, Verdict verdict) {
  request.exchange->record().verdict = ToString(verdict);
  std::string status = FormatCacheStatus(verdict);
  if (!status.empty()) response.fields.Add("Cache-Status", std::move(status));
  // RFC 7234 §5.5.1; dropped by RFC 9111, and still the only word for it that people look for.
  if (verdict == Verdict::kStale)
    response.fields.Add("Warning", "110 longshore \"Response is Stale\"");
}

void RespondApiError(Exchange& exchange, const ApiError& error,
                     const std::optional<std::string>& ns) {
  Response response = NewResponse(error.status, ns);
  response.fields.Add("Content-Type", "application/json; charset=utf-8");
  if (error.retry_after) response.fields.Add("Retry-After", std::to_string(*error.retry_after));
  if (error.status == 405) response.fields.Add("Allow", "GET, HEAD");
  response.body = ErrorBody(error);
  exchange.Respond(std::move(response));
}

void RespondError(const PullRequest& request, const Error& error) {
  RespondApiError(*request.exchange, ToApiError(error, AskedBy(request.route.kind)),
                  request.route.ns);
}

std::string ETagOf(std::string_view digest) {
  std::string etag(digest.size() + 2, '"');
  digest.copy(etag.data() + 1, digest.size());
  return etag;
}

bool MatchesIfNoneMatch(const Request& request, std::string_view digest) {
  const auto header = request.fields.Get("If-None-Match");
  if (!header) return false;
  return *header == "*" || header->find(ETagOf(digest)) != std::string_view::npos;
}

}  // namespace longshore
