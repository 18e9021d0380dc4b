#include "proxy/pull/pull_handler.h"

#include <utility>

namespace longshore {
namespace {

ApiError Unsupported(std::string message) {
  return ToApiError({Code::kUnsupported, std::move(message)}, Asked::kOther);
}

}  // namespace

PullHandler::PullHandler(PullServices services, const UpstreamTable& upstreams)
    : services_(services),
      upstreams_(upstreams),
      manifests_(services_),
      blobs_(services_),
      lists_(services_) {}

void PullHandler::Handle(const ExchangePtr& exchange) {
  const Request& http = exchange->request();
  auto route = ParseRoute(http.target);
  if (!route) {
    RespondApiError(*exchange, route.error(), std::nullopt);
    return;
  }
  RequestRecord& record = exchange->record();
  record.kind = ToString(route->kind);
  if ((http.method != "GET" && http.method != "HEAD") || http.has_body) {
    RespondApiError(
        *exchange,
        Unsupported("this is a pull-through cache: push to the upstream registry itself"),
        std::nullopt);
    return;
  }
  if (route->kind == RouteKind::kPing) {
    Ping(*exchange, *route);
    return;
  }
  if (route->kind == RouteKind::kUpload || route->kind == RouteKind::kCatalog) {
    RespondApiError(*exchange, Unsupported("this endpoint is not offered by a pull-through cache"),
                    std::nullopt);
    return;
  }
  auto repository = upstreams_.Resolve(*route, http.fields.Get("Host"));
  if (!repository) {
    RespondApiError(*exchange, ToApiError(repository.error(), Asked::kOther), std::nullopt);
    return;
  }
  record.upstream = repository->upstream;
  record.repository = repository->name;
  record.reference = route->reference;
  if (route->digest) record.digest = route->reference;
  const PullRequest request{exchange, std::move(*route), std::move(*repository)};
  switch (request.route.kind) {
    case RouteKind::kManifest:
      manifests_.Handle(request);
      break;
    case RouteKind::kBlob:
      blobs_.Handle(request);
      break;
    case RouteKind::kTagsList:
      lists_.HandleTags(request);
      break;
    case RouteKind::kReferrers:
      lists_.HandleReferrers(request);
      break;
    case RouteKind::kPing:
    case RouteKind::kUpload:
    case RouteKind::kCatalog:
      break;  // answered above
  }
}

void PullHandler::Ping(Exchange& exchange, const Route& route) {
  Response response = NewResponse(200, route.ns);
  response.fields.Add("Content-Type", "application/json; charset=utf-8");
  response.body = "{}";
  exchange.Respond(std::move(response));
}

}  // namespace longshore
