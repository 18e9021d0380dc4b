#include "proxy/config/config.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <string>
#include <vector>

#include "tests/support/config_text.h"

namespace longshore {
namespace {

TEST_CASE("a listener may have its own congestion control and certificate") {
  const auto config = Parse(
      "tcp_congestion: host\n"
      "listen:\n"
      "  - 127.0.0.1:6000\n"
      "  - address: '[::1]:6000'\n"
      "    tcp_congestion: bbr\n"
      "    tls: {certificate_file: c.pem, key_file: k.pem}\n");
  REQUIRE(config);
  CHECK(config->listen == std::vector<ListenConfig>{{{"127.0.0.1", 6000}, "host", "", ""},
                                                    {{"::1", 6000}, "bbr", "c.pem", "k.pem"}});
  CHECK(Parse("tcp_congestion: reno\n")->listen ==
        std::vector<ListenConfig>{{{"127.0.0.1", 5000}, "reno", "", ""}});
}

TEST_CASE("no file, an empty file and a file of comments are the defaults") {
  for (const Config& config :
       {DefaultConfig(), *Parse(""), *Parse("# nothing\n"), *Parse("---\n")}) {
    CHECK(config.region == "local");
    CHECK(config.listen == std::vector<ListenConfig>{{{"127.0.0.1", 5000}, "cubic", "", ""}});
    CHECK(config.admin_listen == ListenAddress{"127.0.0.1", 5001});
    CHECK(config.threads == 0);
    CHECK(config.cache.path == "./longshore-cache");
    CHECK(config.cache.size == 53687091200);
    CHECK(config.cache.compress);
    CHECK(config.cache.scrub == std::chrono::hours(30 * 24));
    CHECK_FALSE(config.cache.verify_first_read);
    CHECK(config.log.level == log::Level::kInfo);
    CHECK(config.log.format == log::Format::kJson);
    CHECK(config.tag_ttl == std::chrono::seconds(60));
    CHECK(config.stale_if_error == std::chrono::hours(168));
    CHECK(config.not_found_ttl == std::chrono::seconds(10));
    CHECK(config.upstream_first_byte == std::chrono::seconds(10));
    CHECK(config.default_upstream == "docker.io");
    REQUIRE(config.upstreams.size() == 3);
    const UpstreamConfig& hub = config.upstreams.at("docker.io");
    CHECK(hub.url.ToString() == "https://registry-1.docker.io");
    CHECK(hub.official_prefix == "library");
    CHECK(hub.token_hosts == std::vector<std::string>{"auth.docker.io"});
    CHECK(hub.username.empty());
    CHECK(config.upstreams.at("quay.io").url.ToString() == "https://quay.io");
    CHECK(config.upstreams.at("ghcr.io").url.ToString() == "https://ghcr.io");
  }
}

TEST_CASE("every key is read") {
  const TemporaryFile password("hunter2\n");
  const TemporaryFile ca("PEM");
  const auto config = Parse(
      "region: eu-west-1\n"
      "listen: [\"127.0.0.1:6000\", '[::1]:6000']\n"
      "admin_listen: 127.0.0.1:6001\n"
      "threads: 4\n"
      "cache:\n  path: /var/cache/longshore\n  size: 1TiB\n  compress: off\n"
      "  scrub: 7d\n  verify_first_read: on\n"
      "log: { level: debug, format: text }\n"
      "tag_ttl: 5m\n"
      "stale_if_error: 0\n"
      "not_found_ttl: 3s\n"
      "upstream_first_byte: 2s\n"
      "default_upstream: ghcr.io\n"
      "upstreams:\n"
      "  docker.io: { url: \"https://registry-1.docker.io\", official_prefix: library }\n"
      "  registry.example:5000: { url: \"http://10.0.0.1:5000/path/\", username: bot, "
      "password_env: TOKEN,\n"
      "    token_hosts: [auth.example] }\n"
      "  ghcr.io: { url: \"https://ghcr.io\", username: robot, password_file: " +
      password.path() + ",\n    ca_file: " + ca.path() +
      ", hosts: [GHCR.mirror.example, \"m:5000\"] }\n");
  REQUIRE(config);
  CHECK(config->region == "eu-west-1");
  CHECK(config->listen == std::vector<ListenConfig>{{{"127.0.0.1", 6000}, "cubic", "", ""},
                                                    {{"::1", 6000}, "cubic", "", ""}});
  CHECK(config->admin_listen == ListenAddress{"127.0.0.1", 6001});
  CHECK(config->threads == 4);
  CHECK(config->cache.path == "/var/cache/longshore");
  CHECK(config->cache.size == uint64_t{1} << 40);
  CHECK_FALSE(config->cache.compress);
  CHECK(config->cache.scrub == std::chrono::hours(7 * 24));
  CHECK(config->cache.verify_first_read);
  CHECK(Parse("cache: { scrub: off }\n")->cache.scrub == Duration(0));
  CHECK(config->log.level == log::Level::kDebug);
  CHECK(config->log.format == log::Format::kText);
  CHECK(config->tag_ttl == std::chrono::minutes(5));
  CHECK(config->stale_if_error == Duration(0));
  CHECK(config->not_found_ttl == std::chrono::seconds(3));
  CHECK(config->upstream_first_byte == std::chrono::seconds(2));
  CHECK(config->default_upstream == "ghcr.io");
  REQUIRE(config->upstreams.size() == 3);
  CHECK(config->upstreams.at("docker.io").token_hosts ==
        std::vector<std::string>{"auth.docker.io"});
  const UpstreamConfig& other = config->upstreams.at("registry.example:5000");
  CHECK(other.url.ToString() == "http://10.0.0.1:5000/path");
  CHECK(other.password.Reveal() == "hunter2");
  CHECK(other.token_hosts == std::vector<std::string>{"auth.example"});
  const UpstreamConfig& ghcr = config->upstreams.at("ghcr.io");
  CHECK(ghcr.username == "robot");
  CHECK(ghcr.password.Reveal() == "hunter2");
  CHECK(ghcr.ca_file == ca.path());
  CHECK(ghcr.hosts == std::vector<std::string>{"ghcr.mirror.example", "m:5000"});
}

TEST_CASE("the file of the documentation is valid as it stands") {
  const TemporaryFile password("x");
  const auto config = Parse(
      "region: local                      # a label\n"
      "listen: [127.0.0.1:5000]           # registry API\n"
      "admin_listen: 127.0.0.1:5001       # /metrics\n"
      "threads: 0\n"
      "cache:\n"
      "  path: ./longshore-cache\n"
      "  size: 50GiB\n"
      "log: { level: info, format: json }\n"
      "tag_ttl: 60s\n"
      "stale_if_error: 7d\n"
      "default_upstream: docker.io\n"
      "upstreams:\n"
      "  docker.io:  { url: \"https://registry-1.docker.io\", official_prefix: library }\n"
      "  quay.io:    { url: \"https://quay.io\" }\n"
      "  ghcr.io:    { url: \"https://ghcr.io\", username: robot, password_file: " +
      password.path() + ", ca_file: \"\", hosts: [ghcr.mirror.example] }\n");
  REQUIRE(config);
  CHECK(config->upstreams.size() == 3);
}

TEST_CASE("a file is loaded from disk, with its own name in its errors") {
  ::setenv("LONGSHORE_CONFIG_TEST_TOKEN", "hunter2", 1);
  const TemporaryFile good(
      "upstreams: { docker.io: { url: \"https://x.example\", username: bot,\n"
      "  password_env: LONGSHORE_CONFIG_TEST_TOKEN } }\n");
  const auto config = LoadConfig(good.path());
  REQUIRE(config);
  CHECK(config->upstreams.at("docker.io").password.Reveal() == "hunter2");
  CHECK(LoadConfig(TemporaryFile("").path()));

  const TemporaryFile bad("regio: eu\n");
  const auto refused = LoadConfig(bad.path());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().at(0).ToString() ==
        bad.path() + ":1: regio: unknown key: did you mean region?");

  CHECK(LoadConfig("/nowhere/x.yaml").error().at(0).ToString() ==
        "/nowhere/x.yaml: cannot read it: No such file or directory");
  CHECK(LoadConfig("/").error().at(0).ToString() == "/: cannot read it: Is a directory");
  CHECK(LoadConfig(TemporaryFile(std::string(2 << 20, '#')).path()).error().at(0).message ==
        "larger than 1MiB");
}

TEST_CASE("limits are read, and what no process could live with is refused") {
  const auto config = Parse(
      "drain: 5s\nmax_connections: 100\nmax_connections_per_client: 10\nmax_fills: 3\n"
      "max_memory: 64MiB\n");
  REQUIRE(config);
  CHECK(config->drain == std::chrono::seconds(5));
  CHECK(config->max_connections == 100);
  CHECK(config->max_connections_per_client == 10);
  CHECK(config->max_fills == 3);
  CHECK(config->max_memory == uint64_t{64} << 20);
  CHECK(Errors("max_connections: 0\nmax_fills: many\nmax_memory: 1MiB\n") ==
        "f:1: max_connections: must be a whole number from 1 to 1000000\n"
        "f:2: max_fills: must be a whole number from 1 to 100000\n"
        "f:3: max_memory: must be 16MiB at least\n");
}

TEST_CASE("the admin listener's token comes from a file, and need not be there") {
  CHECK(Errors("admin_listen: 0.0.0.0:1\n").empty());
  const TemporaryFile token("s3cret\n");
  const auto config = Parse("admin_listen: 0.0.0.0:1\nadmin_token_file: " + token.path() + "\n");
  REQUIRE(config);
  CHECK(config->admin_token.Reveal() == "s3cret");
  const TemporaryFile empty("\n");
  CHECK(Errors("admin_token_file: " + empty.path() + "\n").find("is empty") != std::string::npos);
  CHECK(Errors("admin_token_file: /nowhere\n").find("cannot read /nowhere") != std::string::npos);
}

}  // namespace
}  // namespace longshore
