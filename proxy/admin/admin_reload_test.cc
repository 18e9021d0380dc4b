#include "proxy/admin/admin_reload.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace longshore {
namespace {

using Outcome = ReloadReport::Outcome;
using Json = nlohmann::json;

std::string MessageOf(const AdminAnswer& answer) {
  return Json::parse(answer.body)["error"]["message"];
}

TEST_CASE("a reload tells what is in force, and what is not before a restart") {
  const AdminAnswer answer =
      ReloadAnswer({Outcome::kDone, {"tag_ttl", "drain"}, {"region"}, 2, {}});
  CHECK(answer.status == 200);
  const Json json = Json::parse(answer.body);
  CHECK(json["changed"] == Json{"tag_ttl", "drain"});
  CHECK(json["need_restart"] == Json{"region"});
  CHECK(json["message"] ==
        "reloaded; changed: tag_ttl, drain; certificates read again: 2; as before until a restart: "
        "region");
  CHECK(Json::parse(ReloadAnswer({}).body)["message"] == "reloaded; nothing changed");
}

TEST_CASE("a refused file is told whole, with what to do next") {
  const AdminAnswer answer =
      ReloadAnswer({Outcome::kRefused, {}, {}, 0, {"f:1: tag_ttl: bad", "f:2: colour: unknown"}});
  CHECK(answer.status == 400);
  const std::string message = MessageOf(answer);
  CHECK(message.find("nothing is changed") != std::string::npos);
  CHECK(message.find("f:1: tag_ttl: bad; f:2: colour: unknown") != std::string::npos);
  CHECK(message.find("reload again") != std::string::npos);
}

TEST_CASE("without a file, and while it stops, it says so") {
  const AdminAnswer no_file = ReloadAnswer({Outcome::kNoFile, {}, {}, 0, {}});
  CHECK(no_file.status == 409);
  CHECK(MessageOf(no_file).find("--config") != std::string::npos);
  CHECK(ReloadAnswer({Outcome::kStopping, {}, {}, 0, {}}).status == 503);
}

}  // namespace
}  // namespace longshore
