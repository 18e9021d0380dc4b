#include "proxy/admin/admin_handler.h"

#include <utility>

#include "metrics/exporter.h"
#include "proxy/admin/admin_answer.h"
#include "proxy/admin/admin_status.h"

namespace longshore {
namespace {

void Text(Exchange& exchange, int status, std::string body) {
  Response response;
  response.status = status;
  response.fields.Add("Content-Type", "text/plain; charset=utf-8");
  if (status == 405) response.fields.Add("Allow", "GET, HEAD");
  if (status == 401) response.fields.Add("WWW-Authenticate", "Basic realm=\"longshore\"");
  response.body = std::move(body);
  exchange.Respond(std::move(response));
}

bool IsRead(const Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

}  // namespace

AdminGuard AdminHandler::MakeGuard(const Config& config) {
  return AdminGuard(config.admin_token, config.admin_listen.IsLoopback()
                                            ? AdminGuard::Reach::kThisMachine
                                            : AdminGuard::Reach::kOthers);
}

void AdminHandler::RespondReady(Exchange& exchange) const {
  if (!services_.ready.load()) return Text(exchange, 503, "not ready: stopping\n");
  if (services_.drained.load()) return Text(exchange, 503, "not ready: drained\n");
  const std::string degradation = services_.cache.Degradation();
  Text(exchange, 200, degradation.empty() ? "ready\n" : "ready, degraded: " + degradation + "\n");
}

void AdminHandler::Handle(const ExchangePtr& exchange) {
  const Request& request = exchange->request();
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (!IsRead(request) && request.method != "POST") {
    Text(*exchange, 405, "only GET, HEAD and POST\n");
    return;
  }
  if (request.has_body) {
    Respond(*exchange, AdminError({Code::kInvalid,
                                   "requests have no body: parameters go into the query, as "
                                   "/api/v1/openapi.json describes"}));
    return;
  }
  if (!HandleOpen(exchange, path)) HandleGuarded(exchange, path);
}

bool AdminHandler::HandleOpen(const ExchangePtr& exchange, std::string_view path) {
  if (path != "/healthz" && path != "/readyz" && path != "/metrics") return false;
  if (!IsRead(exchange->request())) {
    Text(*exchange, 405, "only GET and HEAD\n");
  } else if (path == "/healthz") {
    Text(*exchange, 200, "ok\n");
  } else if (path == "/readyz") {
    RespondReady(*exchange);
  } else {
    Scrape(exchange);
  }
  return true;
}

void AdminHandler::Scrape(const ExchangePtr& exchange) {
  services_.pool.Post("scrape", ThreadPool::kNoOrder, [this, exchange] {
    std::string text = metrics::ExposeText(services_.metrics, services_.config.Get()->region);
    exchange->executor().Post([exchange, text = std::move(text)]() mutable {
      Response response;
      response.fields.Add("Content-Type", std::string(metrics::kTextContentType));
      response.body = std::move(text);
      exchange->Respond(std::move(response));
    });
  });
}

void AdminHandler::HandleGuarded(const ExchangePtr& exchange, std::string_view path) {
  const Request& request = exchange->request();
  const bool is_api = path.starts_with("/api/");
  if (auto refusal = guard_.Check(request, !IsRead(request))) {
    if (is_api && refusal->status != 401) {
      Respond(*exchange, AdminError(refusal->status, "denied", refusal->message));
    } else {
      Text(*exchange, refusal->status, refusal->message + "\n");
    }
    return;
  }
  const size_t question = request.target.find('?');
  auto query = question == std::string::npos
                   ? QueryPairs()
                   : ParseQuery(std::string_view(request.target).substr(question + 1));
  if (!query) {
    Respond(*exchange, AdminError(400, "invalid", "the query has a malformed % in it"));
  } else if (is_api) {
    api_.Handle(exchange, path, *query);
  } else if (path == "/" && IsRead(request)) {
    RespondStatusPage(services_, exchange, *query);
  } else {
    Text(*exchange, 404, "here are /, /api/v1/openapi.json, /metrics, /healthz and /readyz\n");
  }
}

}  // namespace longshore
