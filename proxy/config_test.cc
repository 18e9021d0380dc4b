#include "proxy/config.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "proxy/config_section.h"

namespace longshore {
namespace {

// A file that is gone after the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    const int fd = ::mkstemp(path_.data());
    REQUIRE(fd >= 0);
    REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(fd);
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/longshore_config_test_XXXXXX";
};

ConfigResult Parse(std::string_view text) {
  return ParseConfig(text, "f", [](const std::string& name) -> std::optional<std::string> {
    if (name == "TOKEN") return "hunter2";
    if (name == "EMPTY") return "";
    if (name == "TWO_LINES") return "hunter2\nmore";
    return std::nullopt;
  });
}

// All errors as one text, a line each.
std::string Errors(std::string_view text) {
  const auto config = Parse(text);
  if (config) return "";
  std::string out;
  for (const ConfigError& error : config.error()) out += error.ToString() + "\n";
  return out;
}

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

TEST_CASE("all errors come at once, in the order of lines, each with file, line and key") {
  CHECK(
      Errors("region: \"\"\n"
             "listen: [127.0.0.1:5000, example.com:80]\n"
             "threads: many\n"
             "cache:\n"
             "  path: \"\"\n"
             "  size: 50G\n"
             "  sise: 1\n"
             "log: { level: loud, format: xml }\n"
             "tag_ttl: 60\n"
             "colour: red\n"
             "default_upstream: docker.io\n"
             "upstreams:\n"
             "  quay.io: { url: quay.io, usernam: x }\n"
             "  Bad: { }\n") ==
      "f:1: region: must be 1 to 64 letters, digits, dots, dashes or underscores\n"
      "f:2: listen[1]: the host must be a numeric IPv4 address, or a numeric IPv6 one in brackets\n"
      "f:3: threads: must be a whole number from 0 to 256\n"
      "f:5: cache.path: must not be empty\n"
      "f:6: cache.size: not a size: write a whole number and a unit, like 50GiB or 512MB\n"
      "f:7: cache.sise: unknown key: did you mean size?\n"
      "f:8: log.level: must be debug, info, warn or error\n"
      "f:8: log.format: must be json or text\n"
      "f:9: tag_ttl: not a duration: write it like 500ms, 60s, 10m, 1h30m or 7d\n"
      "f:10: colour: unknown key\n"
      "f:11: default_upstream: is not one of the upstreams\n"
      "f:13: upstreams.quay.io.url: not a URL: it must begin with https:// or http://\n"
      "f:13: upstreams.quay.io.usernam: unknown key: did you mean username?\n"
      "f:14: upstreams.Bad: an upstream's name must look like a registry, in lower case: quay.io "
      "or "
      "registry:5000\n"
      "f:14: upstreams.Bad.url: missing\n");
}

TEST_CASE("each mistake has one error that says where it is") {
  struct Row {
    std::string text;
    std::string error;
  };
  const Row rows[] = {
      {"region: a b\n", "f:1: region: must be 1 to 64"},
      {"region: [a]\n", "f:1: region: must be a single value"},
      {"region:\n", "f:1: region: must be a single value"},
      {"\nlisten: 127.0.0.1:5000\n", "f:2: listen: must be a list"},
      {"listen: []\n", "f:1: listen: must name one address at least"},
      {"listen:\n  - 127.0.0.1:5000\n  - 127.0.0.1:99999\n", "f:3: listen[1]: the port"},
      {"listen: [127.0.0.1:80, 127.0.0.1:80]\n", "f:1: listen: 127.0.0.1:80 is listed twice"},
      {"listen: [127.0.0.1:80, localhost:80]\n", "f:1: listen: 127.0.0.1:80 is listed twice"},
      {"listen: [127.0.0.1:5001]\n",
       "f:1: listen: 127.0.0.1:5001 is both in listen and admin_listen"},
      {"admin_listen: 127.0.0.1:5000\n", "f:1: admin_listen: 127.0.0.1:5000 is both"},
      {"admin_listen: \"\"\n", "f:1: admin_listen: not an address"},
      {"listen:\n  - tcp_congestion: bbr\n", "f:2: listen[0].address: missing"},
      {"listen:\n  - address: x\n", "f:2: listen[0].address: not an address"},
      {"listen:\n  - address: [a]\n", "f:2: listen[0].address: must be a single value"},
      {"listen:\n  - {address: '127.0.0.1:1', tcp_congestion: 'b b'}\n",
       "f:2: listen[0].tcp_congestion: must be the name of a congestion control"},
      {"listen:\n  - {address: '127.0.0.1:1', tlz: 1}\n", "f:2: listen[0].tlz: unknown key"},
      {"listen:\n  - {address: '127.0.0.1:1', tls: 1}\n", "f:2: listen[0].tls: must be a mapping"},
      {"listen:\n  - address: '127.0.0.1:1'\n    tls: {key_file: k}\n",
       "f:3: listen[0].tls.certificate_file: missing"},
      {"tcp_congestion: a-name-too-long-for-it\n", "f:1: tcp_congestion: must be the name of"},
      {"threads: -1\n", "f:1: threads: must be a whole number"},
      {"threads: 257\n", "f:1: threads: must be a whole number"},
      {"cache: 5\n", "f:1: cache: must be a mapping"},
      {"cache: { size: 63MiB }\n", "f:1: cache.size: must be 64MiB at least"},
      {"cache: { scrub: 500ms }\n", "f:1: cache.scrub: must be off or a duration of 1s at least"},
      {"cache: { scrub: on }\n", "f:1: cache.scrub: must be off or a duration of 1s at least"},
      {"cache: { verify_first_read: maybe }\n", "f:1: cache.verify_first_read: must be on or off"},
      {"cache: { size: }\n", "f:1: cache.size: must be a single value"},
      {"tag_ttl: -5s\n", "f:1: tag_ttl: not a duration"},
      {"upstream_first_byte: 0\n", "f:1: upstream_first_byte: must be from 100ms to 10m"},
      {"upstream_first_byte: 11m\n", "f:1: upstream_first_byte: must be from 100ms to 10m"},
      {"region: a\nregion: b\n", "f:2: region: given twice, first on line 1"},
      {"cache:\n  size: 1GiB\n  path: x\n  size: 2GiB\n",
       "f:4: cache.size: given twice, first on line 2"},
      {"default_upstream: gcr.io\n", "f:1: default_upstream: is not one of the upstreams"},
      {"\nupstreams: { quay.io: { url: \"https://quay.io\" } }\n",
       "f:2: default_upstream: missing: its default, docker.io, is not one of the upstreams"},
      {"upstreams: {}\n", "f:1: upstreams: must name one upstream at least"},
      {"upstreams:\n", "f:1: upstreams: must name one upstream at least"},
      {"upstreams: [a]\n", "f:1: upstreams: must be a mapping"},
      {"upstreams:\n  docker.io:\n", "f:2: upstreams.docker.io.url: missing"},
      {"upstreams:\n  docker.io: https://x\n", "f:2: upstreams.docker.io: must be a mapping"},
      {"- a\n- b\n", "f:1: must be a mapping"},
      {"just text\n", "f:1: must be a mapping"},
      {"a: 1\n---\nb: 2\n", "f:2: a second document"},
      // The fuzzer's: yaml-cpp found documents in it without end.
      {",*a", "f:1: "},
      {"? [a]\n: b\n", "f:1: a key must be plain text"},
      {"region: eu\n  listen: x\n", "f:2: not valid YAML: "},
      {"region: [eu\n", "f:2: not valid YAML: "},
      // yaml-cpp takes the missing quote for the end of the file.
      {"region: \"eu\n", "f:1: region: must be 1 to 64"},
      {"cache:\n  path: \"x\n\n    size: 1GiB\n", "f:2: cache.path: must be a single line"},
      {"region: *nowhere\n", "f:1: not valid YAML: "},
      {"region: &a [*a]\n", "nested too deeply"},
      {"<<: { region: eu }\n", "f:1: <<: unknown key"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const std::string errors = Errors(row.text);
    CAPTURE(errors);
    CHECK(errors.find(row.error) != std::string::npos);
    if (row.text.find("docker.io: https") == std::string_view::npos) {
      CHECK(std::count(errors.begin(), errors.end(), '\n') == 1);
    }
  }
}

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

TEST_CASE("aliases are allowed, a bomb of them is not") {
  const auto config = Parse(
      "cache: { path: &p /x }\nregion: eu\nupstreams:\n  docker.io: &u { url: "
      "\"https://x.example\" }\n"
      "  quay.io: *u\n");
  REQUIRE(config);
  CHECK(config->upstreams.at("quay.io").url.host == "x.example");

  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) bomb += (j > 0 ? ", *a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  CHECK(Errors(bomb).find("too many values") != std::string::npos);
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

TEST_CASE("the closest word is near enough or none") {
  const std::vector<std::string> words = {"size", "path", "tag_ttl", "listen"};
  CHECK(ClosestWord("sise", words) == "size");
  CHECK(ClosestWord("tag-ttl", words) == "tag_ttl");
  CHECK(ClosestWord("listne", words) == "listen");
  CHECK(ClosestWord("colour", words).empty());
  CHECK(ClosestWord("", words).empty());
  CHECK(ClosestWord("x", words).empty());
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
