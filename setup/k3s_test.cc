#include "setup/k3s.h"

#include <doctest/doctest.h>

namespace longshore::setup {
namespace {

NodeFile RegistriesYaml(std::vector<std::string> upstreams) {
  return K3sFiles({"http://127.0.0.1:5000", std::move(upstreams)}).front();
}

const std::string kConfigs =
    "configs:\n  \"r.example\":\n    auth: { username: robot, password: \"0123\" }  # quoted\n";

TEST_CASE("without a file, one with an endpoint for each upstream is made") {
  const std::string text = RegistriesYaml({"docker.io", "quay.io"}).add("").value();
  CHECK(text.starts_with("mirrors:  # longshore setup\n"));
  CHECK(text.find("\"docker.io\"") != std::string::npos);
  CHECK(text.find("\"quay.io\"") != std::string::npos);
  CHECK(RegistriesYaml({"docker.io", "quay.io"}).remove(text).value() == "");
}

TEST_CASE("what is there keeps its quotes and comments") {
  const NodeFile file = RegistriesYaml({"docker.io"});
  const std::string text = file.add(kConfigs).value();
  CHECK(text == kConfigs + "mirrors:  # longshore setup\n" +
                    "  \"docker.io\":  # longshore setup\n"
                    "    endpoint:  # longshore setup\n"
                    "      - \"http://127.0.0.1:5000\"  # longshore setup\n");
  CHECK(file.remove(text).value() == kConfigs);
}

TEST_CASE("an upstream joins the mirrors that are there, with their indentation") {
  const std::string theirs = "mirrors:\n    quay.io:\n        endpoint: [\"https://m.example\"]\n";
  const NodeFile file = RegistriesYaml({"docker.io"});
  const std::string text = file.add(theirs + kConfigs).value();
  CHECK(text.starts_with("mirrors:\n    \"docker.io\":  # longshore setup\n"));
  CHECK(text.ends_with("    quay.io:\n        endpoint: [\"https://m.example\"]\n" + kConfigs));
  CHECK(file.add(text).value() == text);
  CHECK(file.remove(text).value() == theirs + kConfigs);
}

TEST_CASE("the mirror comes before the endpoints that are there") {
  const std::string head = "mirrors:\n  docker.io:\n    endpoint:\n";
  const std::string item = "    - https://m.example # ours\n";
  const NodeFile file = RegistriesYaml({"docker.io"});
  const std::string text = file.add(head + item).value();
  CHECK(text == head + "    - \"http://127.0.0.1:5000\"  # longshore setup\n" + item);
  CHECK(file.remove(text).value() == head + item);
}

TEST_CASE("what cannot be merged with is refused, with what to do by hand") {
  for (const char* text : {"mirrors:\n  docker.io:\n    endpoint: [\"https://m.example\"]\n",
                           "mirrors: {}\n", "mirrors: 7\n", "mirrors:\n  docker.io: 7\n"}) {
    const auto refused = RegistriesYaml({"docker.io"}).add(text);
    REQUIRE(!refused);
    CHECK(refused.error().message.find("mirrors.docker.io by hand") != std::string::npos);
  }
  CHECK(!RegistriesYaml({"docker.io"}).add("- a\n"));
  CHECK(!RegistriesYaml({"docker.io"}).add("{"));
}

TEST_CASE("a new address takes the place of the one that setup wrote, in all its lines") {
  const std::string theirs = "mirrors:\n  docker.io:\n    endpoint:\n    - https://m.example\n";
  const NodeFile moved = K3sFiles({"https://cache.example", {"docker.io", "ghcr.io"}}).front();
  const NodeFile fresh = RegistriesYaml({"docker.io", "quay.io"});
  for (const std::string& before : {theirs, std::string()}) {
    CHECK(moved.add(fresh.add(before).value()).value() == moved.add(before).value());
  }
}

TEST_CASE("what a person wrote below setup's lines is not lost with them") {
  const NodeFile file = RegistriesYaml({"docker.io"});
  const std::string ours = kConfigs +
                           "mirrors:  # longshore setup\n"
                           "  \"docker.io\":  # longshore setup\n"
                           "    endpoint:  # longshore setup\n"
                           "      - \"http://127.0.0.1:5000\"  # longshore setup\n";
  const std::string upstream = "  \"ghcr.io\":\n    endpoint: [\"https://m.example\"]\n";
  CHECK(file.remove(ours + upstream).value() == kConfigs + "mirrors:\n" + upstream);
  const auto endpoint = file.remove(ours + "      - \"https://m.example\"\n");
  REQUIRE(!endpoint);
  CHECK(endpoint.error().message.find("mirrors.docker.io") != std::string::npos);
}

TEST_CASE("an empty mapping of mirrors is filled") {
  const NodeFile file = RegistriesYaml({"docker.io"});
  CHECK(file.remove(file.add("mirrors:\n").value()).value() == "mirrors:\n");
}

}  // namespace
}  // namespace longshore::setup
