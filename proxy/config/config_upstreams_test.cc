// The section `upstreams`.
#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

#include "proxy/config/config.h"
#include "tests/support/config_text.h"

namespace longshore {
namespace {

TEST_CASE("mistakes in one upstream") {
  const TemporaryFile empty("\n");
  const TemporaryFile two_lines("hunter2\nmore\n");
  struct Row {
    std::string settings;
    std::string error;
  };
  const Row rows[] = {
      {"username: bot", "username: needs a password: add password_file or password_env"},
      {"password_env: TOKEN", "username: missing beside a password"},
      {"username: bot, password: hunter2",
       "password: a password must not stand in this file: use password_file or password_env"},
      {"username: bot, password_env: TOKEN, password_file: /x",
       "password_env: password_file is given too: one of them is enough"},
      {"username: bot, password_env: NOWHERE", "password_env: the environment has no NOWHERE"},
      {"username: bot, password_env: EMPTY", "password_env: the environment's EMPTY is empty"},
      {"username: bot, password_env: TWO_LINES",
       "password_env: the environment's TWO_LINES holds a control character or a second line"},
      {"username: bot, password_file: /nowhere/x",
       "password_file: cannot read /nowhere/x: No such file or directory"},
      {"username: bot, password_file: /", "password_file: cannot read /: Is a directory"},
      {"username: bot, password_file: " + empty.path(),
       "password_file: " + empty.path() + " is empty"},
      {"username: bot, password_file: " + two_lines.path(),
       "password_file: " + two_lines.path() + " holds a control character or a second line"},
      {"username: \"a:b\", password_env: TOKEN",
       "username: a user name must have no colon and no control character"},
      {"username: bot, password_file: [a]", "password_file: must be a single value"},
      {"ca_file: /nowhere/ca.pem",
       "ca_file: cannot read /nowhere/ca.pem: No such file or directory"},
      {"proxy: proxy.example:3128",
       "proxy: not an HTTP proxy: write it like http://proxy.example:3128, without credentials"},
      {"proxy: \"http://bot:hunter2@proxy.example:3128\"",
       "proxy: not an HTTP proxy: write it like http://proxy.example:3128, without credentials"},
      {"proxy: \"https://proxy.example\"",
       "proxy: not an HTTP proxy: write it like http://proxy.example:3128, without credentials"},
      {"official_prefix: Library", "official_prefix: not a repository path: write it like library"},
      {"hosts: mirror.example", "hosts: must be a list, like [a, b]"},
      {"hosts: [mirror.example, \"http://x\"]",
       "hosts[1]: not a host: write it like registry.example or registry.example:5000"},
      {"hosts: [a.example, A.example]", "hosts: a.example is listed twice"},
      {"token_hosts: [\"\"]",
       "token_hosts[0]: not a host: write it like registry.example or registry.example:5000"},
      {"official_prefx: library", "official_prefx: unknown key: did you mean official_prefix?"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.settings);
    CHECK(Errors("upstreams:\n  docker.io:\n    { url: \"https://x.example\", " + row.settings +
                 " }\n") == "f:3: upstreams.docker.io." + row.error + "\n");
  }
}

TEST_CASE("a proxy has a port, as written or of http") {
  const auto proxy = [](const std::string& text) {
    return Parse("upstreams:\n  docker.io: { url: \"https://a.example\", proxy: \"" + text +
                 "\" }\n")
        ->upstreams.at("docker.io")
        .proxy;
  };
  CHECK(proxy("http://Proxy.example:3128/") == "http://proxy.example:3128");
  CHECK(proxy("http://[::1]") == "http://[::1]:80");
  CHECK(proxy("").empty());
}

TEST_CASE("several URLs: the first is preferred, the others stand in for it") {
  const auto config = Parse(
      "upstreams:\n  docker.io: { urls: [\"https://a.example\", \"http://b.example/x\"],\n"
      "    allow_private_redirects: on }\n");
  REQUIRE(config);
  const UpstreamConfig& upstream = config->upstreams.at("docker.io");
  CHECK(upstream.url.ToString() == "https://a.example");
  REQUIRE(upstream.more_urls.size() == 1);
  CHECK(upstream.more_urls[0].ToString() == "http://b.example/x");
  CHECK(upstream.allow_private_redirects);
}

TEST_CASE("Docker Hub's token host may see the credentials, whichever of the URLs is Docker Hub") {
  // As docs/deployment.md has it for a site behind a region: Hub is the second, and was then asked
  // anonymously.
  const std::string hub = "\"https://registry-1.docker.io\"";
  const std::string near = "\"http://10.20.0.5:5000\"";
  const auto token_hosts = [](const std::string& settings) {
    const auto config = Parse("upstreams:\n  docker.io: { " + settings + " }\n");
    REQUIRE(config);
    return config->upstreams.at("docker.io").token_hosts;
  };
  const std::vector<std::string> of_hub{"auth.docker.io"};
  CHECK(token_hosts("url: " + hub) == of_hub);
  CHECK(token_hosts("urls: [" + hub + ", " + near + "]") == of_hub);
  CHECK(token_hosts("urls: [" + near + ", " + hub + "]") == of_hub);
  CHECK(token_hosts("url: " + near).empty());
  CHECK(token_hosts("urls: [" + near + ", " + hub + "], token_hosts: [a.example]") ==
        std::vector<std::string>{"a.example"});
}

TEST_CASE("mistakes in the URLs of an upstream") {
  struct Row {
    std::string settings;
    std::string error;
  };
  const Row rows[] = {
      {"urls: []", "urls: must name 1 to 8 URLs"},
      {"urls: \"https://a.example\"", "urls: must be a list, like [a, b]"},
      {"urls: [\"https://a.example\", \"https://A.example:443/\"]",
       "urls: https://a.example is listed twice"},
      {"urls: [\"https://a.example\", b.example]",
       "urls[1]: not a URL: it must begin with https:// or http://"},
      {"url: \"https://a.example\", urls: [\"https://b.example\"]",
       "urls: url is given too: list it first and leave url out"},
      {"url: \"https://a.example\", allow_private_redirects: maybe",
       "allow_private_redirects: must be on or off"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.settings);
    CHECK(Errors("upstreams:\n  docker.io:\n    { " + row.settings + " }\n") ==
          "f:3: upstreams.docker.io." + row.error + "\n");
  }
}

TEST_CASE("a host means one upstream only") {
  CHECK(Errors("upstreams:\n"
               "  docker.io: { url: \"https://a.example\", hosts: [m.example] }\n"
               "  quay.io: { url: \"https://b.example\", hosts: [x.example, M.example] }\n") ==
        "f:3: upstreams.quay.io.hosts: m.example already means docker.io\n");
}

TEST_CASE("an upstream's name cannot be taken for a repository") {
  const auto with_name = [](const std::string& name) {
    return Errors("default_upstream: \"" + name + "\"\nupstreams: { \"" + name +
                  "\": { url: \"https://x.example\" } }\n");
  };
  for (const std::string name : {"docker.io", "localhost", "registry:5000", "127.0.0.1:5000"}) {
    CAPTURE(name);
    CHECK(with_name(name).empty());
  }
  for (const std::string name :
       {"library", "Docker.io", "docker.io/x", "", "https://docker.io", "a..b"}) {
    CAPTURE(name);
    CHECK_FALSE(with_name(name).empty());
  }
}

TEST_CASE("a password is never shown") {
  const Secret secret("hunter2");
  std::ostringstream out;
  out << secret << Secret();
  CHECK(out.str() == "***");
  CHECK(secret.Reveal() == "hunter2");
  CHECK(secret == Secret("hunter2"));
  const std::string errors = Errors(
      "upstreams:\n  docker.io: { url: \"https://bot:hunter2@x.example\", username: bot,\n"
      "    password: hunter2, password_env: TWO_LINES, hosts: [\"bot:hunter2@x\"] }\n");
  CHECK_FALSE(errors.empty());
  CHECK(errors.find("hunter2") == std::string::npos);
}

}  // namespace
}  // namespace longshore
