// What is wrong with a file, and how it is told.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "proxy/config/config.h"
#include "proxy/config/config_section.h"
#include "tests/support/config_text.h"

namespace longshore {
namespace {

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

TEST_CASE("the closest word is near enough or none") {
  const std::vector<std::string> words = {"size", "path", "tag_ttl", "listen"};
  CHECK(ClosestWord("sise", words) == "size");
  CHECK(ClosestWord("tag-ttl", words) == "tag_ttl");
  CHECK(ClosestWord("listne", words) == "listen");
  CHECK(ClosestWord("colour", words).empty());
  CHECK(ClosestWord("", words).empty());
  CHECK(ClosestWord("x", words).empty());
}

}  // namespace
}  // namespace longshore
