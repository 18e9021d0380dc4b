#include "proxy/admin_handler.h"

#include <utility>

#include "metrics/exporter.h"

namespace longshore {
namespace {

void Text(Exchange& exchange, int status, std::string body) {
  Response response;
  response.status = status;
  response.fields.Add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(body);
  exchange.Respond(std::move(response));
}

}  // namespace

void AdminHandler::RespondReady(Exchange& exchange) const {
  if (!ready_.load()) {
    Text(exchange, 503, "not ready: stopping\n");
    return;
  }
  const std::string degradation = degradation_();
  Text(exchange, 200, degradation.empty() ? "ready\n" : "ready, degraded: " + degradation + "\n");
}

void AdminHandler::Handle(const ExchangePtr& exchange) {
  const Request& request = exchange->request();
  if (request.method != "GET" && request.method != "HEAD") {
    Text(*exchange, 405, "only GET and HEAD\n");
    return;
  }
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (path == "/healthz") {
    Text(*exchange, 200, "ok\n");
  } else if (path == "/readyz") {
    RespondReady(*exchange);
  } else if (path == "/metrics") {
    pool_.Post("scrape", ThreadPool::kNoOrder, [this, exchange] {
      std::string text = metrics::ExposeText(registry_, region_);
      exchange->executor().Post([exchange, text = std::move(text)]() mutable {
        Response response;
        response.fields.Add("Content-Type", std::string(metrics::kTextContentType));
        response.body = std::move(text);
        exchange->Respond(std::move(response));
      });
    });
  } else {
    Text(*exchange, 404, "here are /metrics, /healthz and /readyz\n");
  }
}

}  // namespace longshore
