#include "proxy/cli/setup.h"

#include <doctest/doctest.h>

namespace longshore::cli {
namespace {

TEST_CASE("a mirror that is not named is the configuration's, with all its upstreams") {
  const auto mirror = ChooseMirror({}, DefaultConfig()).value();
  CHECK(mirror.url == "http://127.0.0.1:5000");
  CHECK(mirror.upstreams == std::vector<std::string>{"docker.io", "ghcr.io", "quay.io"});
}

TEST_CASE("a mirror behind TLS is reached by https") {
  Config config = DefaultConfig();
  config.listen.front().tls_certificate_file = "certificate.pem";
  CHECK(ChooseMirror({}, config).value().url == "https://127.0.0.1:5000");
}

TEST_CASE("what is named counts") {
  const auto mirror = ChooseMirror({"https://Cache.example:443/", {"QUAY.io"}}, {}).value();
  CHECK(mirror.url == "https://cache.example");
  CHECK(mirror.upstreams == std::vector<std::string>{"quay.io"});
}

TEST_CASE("an address that listens everywhere is none to go to") {
  for (const char* host : {"0.0.0.0", "::"}) {
    Config config = DefaultConfig();
    config.listen = {{{host, 5000}}};
    const auto refused = ChooseMirror({}, config);
    REQUIRE(!refused);
    CHECK(refused.error().message.find("say --mirror") != std::string::npos);
  }
}

TEST_CASE("wrong options are refused, among them names that would leave their folder") {
  CHECK(!ChooseMirror({"127.0.0.1:5000", {}}, DefaultConfig()));
  CHECK(!ChooseMirror({"http://127.0.0.1:5000/v2", {}}, DefaultConfig()));
  for (const char* name : {"", "../../etc", "a/b", "a\"b", "a\nb"}) {
    CHECK(!ChooseMirror({"", {name}}, DefaultConfig()));
  }
}

}  // namespace
}  // namespace longshore::cli
