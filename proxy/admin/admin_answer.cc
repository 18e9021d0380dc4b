#include "proxy/admin/admin_answer.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "proxy/admin/admin_services.h"
#include "proxy/oci/percent.h"

namespace longshore {
namespace {

using Json = nlohmann::json;

bool IsForm(const Request& request) {
  return request.method == "POST" &&
         request.fields.Get("Accept").value_or("").find("text/html") != std::string_view::npos;
}

// One sentence for the status page.
std::string Sentence(const AdminAnswer& answer) {
  const Json json = Json::parse(answer.body, nullptr, false);
  if (json.is_object() && json.contains("error")) {
    return "Not done: " + json["error"].value("message", std::string());
  }
  return json.is_object() ? json.value("message", std::string("Done.")) : "Done.";
}

}  // namespace

AdminAnswer AdminError(int status, std::string_view code, std::string_view message) {
  const Json error = {{"error", {{"code", code}, {"message", message}}}};
  return {status, error.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

AdminAnswer AdminError(const Error& error) {
  const auto status = [&error] {
    switch (error.code) {
      case Code::kInvalid:
        return 400;
      case Code::kNotFound:
        return 404;
      case Code::kDenied:
        return 409;
      case Code::kTooLarge:
        return 429;
      case Code::kNoSpace:
        return 507;
      case Code::kUnavailable:
      case Code::kTimeout:
      case Code::kRateLimited:
      case Code::kCancelled:
        return 503;
      default:
        return 500;
    }
  };
  return AdminError(status(), ToString(error.code), error.message);
}

void Respond(Exchange& exchange, AdminAnswer answer) {
  Response response;
  response.fields.Add("Cache-Control", "no-store");
  response.fields.Add("X-Content-Type-Options", "nosniff");
  if (IsForm(exchange.request())) {
    response.status = 303;
    response.fields.Add("Location", "/?said=" + PercentEncode(Sentence(answer)));
  } else {
    response.status = answer.status;
    response.fields.Add("Content-Type", "application/json; charset=utf-8");
    response.body = std::move(answer.body) + "\n";
  }
  exchange.Respond(std::move(response));
}

void RespondFromPool(ThreadPool& pool, const ExchangePtr& exchange,
                     UniqueFunction<AdminAnswer()> work) {
  pool.Post("admin", kAdminLane, [exchange, work = std::move(work)]() mutable {
    exchange->executor().Post(
        [exchange, answer = work()]() mutable { Respond(*exchange, std::move(answer)); });
  });
}

}  // namespace longshore
