#include "proxy/admin/admin_answer.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace longshore {
namespace {

TEST_CASE("an error's code decides the status, and both stand in the answer with its message") {
  struct Row {
    Code code;
    int status;
    std::string name;
  };
  const Row rows[] = {
      {Code::kInvalid, 400, "invalid"},
      {Code::kNotFound, 404, "not_found"},
      {Code::kDenied, 409, "denied"},
      {Code::kTooLarge, 429, "too_large"},
      {Code::kNoSpace, 507, "no_space"},
      {Code::kUnavailable, 503, "unavailable"},
      {Code::kTimeout, 503, "timeout"},
      {Code::kRateLimited, 503, "rate_limited"},
      {Code::kCancelled, 503, "cancelled"},
      {Code::kIo, 500, "io"},
      {Code::kBadUpstream, 500, "bad_upstream"},
      {Code::kInternal, 500, "internal"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const AdminAnswer answer = AdminError(Error{row.code, "it is \"so\""});
    CHECK(answer.status == row.status);
    const auto json = nlohmann::json::parse(answer.body);
    CHECK(json["error"]["code"] == row.name);
    CHECK(json["error"]["message"] == "it is \"so\"");
  }
}

}  // namespace
}  // namespace longshore
