#include "proxy/config/config_changes.h"

#include <doctest/doctest.h>

namespace longshore {
namespace {

Config Parse(std::string_view text) {
  return ParseConfig(text, "f", [](const std::string& name) { return std::optional(name); })
      .value();
}

constexpr std::string_view kRunning =
    "default_upstream: a.io\n"
    "upstreams:\n"
    "  a.io: {url: 'http://a', username: u, password_env: OLD}\n"
    "  b.io: {url: 'http://b'}\n";

TEST_CASE("what can change at run time is taken over") {
  const auto changes = CompareConfigs(
      Parse(kRunning), Parse("default_upstream: a.io\n"
                             "log: {level: debug}\n"
                             "tag_ttl: 5s\n"
                             "drain: 1s\n"
                             "not_found_ttl: 2s\n"
                             "upstream_first_byte: 3s\n"
                             "max_connections: 7\n"
                             "max_fills: 8\n"
                             "upstreams:\n"
                             "  a.io: {url: 'http://a', username: u, password_env: NEW,\n"
                             "         proxy: 'http://p', prefetch: off, max_connections: 3,\n"
                             "         allow_private_redirects: on}\n"
                             "  b.io: {url: 'http://b'}\n"));
  CHECK(changes.need_restart.empty());
  CHECK(changes.changed ==
        std::vector<std::string>{"log.level", "tag_ttl", "not_found_ttl", "upstream_first_byte",
                                 "drain", "max_connections", "max_fills", "upstreams.a.io.password",
                                 "upstreams.a.io.proxy", "upstreams.a.io.prefetch",
                                 "upstreams.a.io.max_connections",
                                 "upstreams.a.io.allow_private_redirects"});
  CHECK(changes.config.log.level == log::Level::kDebug);
  CHECK(changes.config.tag_ttl == std::chrono::seconds(5));
  CHECK(changes.config.drain == std::chrono::seconds(1));
  CHECK(changes.config.not_found_ttl == std::chrono::seconds(2));
  CHECK(changes.config.upstream_first_byte == std::chrono::seconds(3));
  CHECK(changes.config.max_connections == 7);
  CHECK(changes.config.max_fills == 8);
  const UpstreamConfig& upstream = changes.config.upstreams.at("a.io");
  CHECK(upstream.password.Reveal() == "NEW");
  CHECK_FALSE(upstream.prefetch);
  CHECK(upstream.max_connections == 3);
  CHECK(upstream.allow_private_redirects);
}

TEST_CASE("what cannot is named, and stays as it is") {
  const Config running = Parse(kRunning);
  const auto changes = CompareConfigs(
      running,
      Parse("region: x\n"
            "listen: ['127.0.0.1:1']\n"
            "threads: 9\n"
            "cache: {path: /x, size: 1GiB, compress: off, scrub: 1h, verify_first_read: on}\n"
            "log: {format: text}\n"
            "default_upstream: c.io\n"
            "upstreams:\n"
            "  a.io: {url: 'http://other', hosts: [x.io], official_prefix: p}\n"
            "  c.io: {url: 'http://c'}\n"));
  CHECK(changes.need_restart ==
        std::vector<std::string>{"region", "listen", "threads", "cache.path", "cache.size",
                                 "cache.compress", "cache.scrub", "cache.verify_first_read",
                                 "log.format", "default_upstream", "upstreams.a.io.url",
                                 "upstreams.a.io.official_prefix", "upstreams.a.io.hosts",
                                 "upstreams.c.io", "upstreams.b.io"});
  CHECK(changes.config.region == running.region);
  CHECK(changes.config.listen == running.listen);
  CHECK(changes.config.cache.size == running.cache.size);
  CHECK(changes.config.upstreams.at("a.io").url == running.upstreams.at("a.io").url);
  CHECK(changes.config.upstreams.size() == 2);
  CHECK(changes.config.upstreams.contains("b.io"));
}

TEST_CASE("a listener's congestion control and certificate need a restart") {
  const Config running = Parse(std::string(kRunning) + "listen: ['127.0.0.1:1']\n");
  for (const std::string what :
       {"tcp_congestion: reno", "tls: {certificate_file: /c.pem, key_file: /k.pem}"}) {
    CAPTURE(what);
    const auto changes = CompareConfigs(
        running,
        Parse(std::string(kRunning) + "listen: [{address: '127.0.0.1:1', " + what + "}]\n"));
    CHECK(changes.need_restart == std::vector<std::string>{"listen"});
    CHECK(changes.config.listen == running.listen);
  }
}

TEST_CASE("more URLs of an upstream need a restart, under the key that has them") {
  const Config running = Parse(kRunning);
  const auto changes =
      CompareConfigs(running, Parse("default_upstream: a.io\n"
                                    "upstreams:\n"
                                    "  a.io: {urls: ['http://x', 'http://a'], username: u, "
                                    "password_env: OLD}\n"
                                    "  b.io: {url: 'http://b'}\n"));
  CHECK(changes.need_restart == std::vector<std::string>{"upstreams.a.io.urls"});
  CHECK(changes.config.upstreams.at("a.io").url == running.upstreams.at("a.io").url);
  CHECK(changes.config.upstreams.at("a.io").more_urls.empty());
}

TEST_CASE("another token for the admin listener needs a restart") {
  const Config running = Parse(kRunning);
  Config loaded = running;
  loaded.admin_token = Secret("s3cret");
  const auto changes = CompareConfigs(running, loaded);
  CHECK(changes.need_restart == std::vector<std::string>{"admin_token_file"});
  CHECK(changes.config.admin_token.empty());
}

}  // namespace
}  // namespace longshore
