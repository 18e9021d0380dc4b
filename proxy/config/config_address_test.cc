#include "proxy/config/config_address.h"

#include <doctest/doctest.h>

#include <string>

namespace longshore {
namespace {

TEST_CASE("addresses to listen on are numeric, and have one spelling") {
  struct Row {
    std::string text;
    std::string host;
    int port;
    std::string shown;
  };
  const Row rows[] = {
      {"127.0.0.1:5000", "127.0.0.1", 5000, "127.0.0.1:5000"},
      {"0.0.0.0:1", "0.0.0.0", 1, "0.0.0.0:1"},
      {"127.0.0.1:0", "127.0.0.1", 0, "127.0.0.1:0"},
      {"127.0.0.1:65535", "127.0.0.1", 65535, "127.0.0.1:65535"},
      {"localhost:5000", "127.0.0.1", 5000, "127.0.0.1:5000"},
      {"[::1]:5000", "::1", 5000, "[::1]:5000"},
      {"[0:0:0:0:0:0:0:1]:5000", "::1", 5000, "[::1]:5000"},
      {"[2001:DB8::A]:443", "2001:db8::a", 443, "[2001:db8::a]:443"},
      {"[::]:5000", "::", 5000, "[::]:5000"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto address = ParseListenAddress(row.text);
    REQUIRE(address);
    CHECK(address->host == row.host);
    CHECK(address->port == row.port);
    CHECK(address->ToString() == row.shown);
    CHECK(*ParseListenAddress(address->ToString()) == *address);
  }
  for (const std::string text : {"",
                                 "5000",
                                 ":5000",
                                 "*:5000",
                                 "127.0.0.1",
                                 "127.0.0.1:",
                                 "127.0.0.1:65536",
                                 "127.0.0.1:-1",
                                 "127.0.0.1:+1",
                                 "127.0.0.1: 80",
                                 "127.0.0.1:80x",
                                 "127.0.0.1:000080",
                                 "127.0.0:80",
                                 "127.0.0.256:80",
                                 "example.com:80",
                                 "::1:5000",
                                 "[::1]",
                                 "[::1]5000",
                                 "[::1",
                                 "[]:80",
                                 "[127.0.0.1]:80",
                                 "[fe80::1%eth0]:80",
                                 "http://127.0.0.1:80",
                                 "unix:/run/x"}) {
    CAPTURE(text);
    const auto address = ParseListenAddress(text);
    REQUIRE_FALSE(address);
    CHECK(address.error().code == Code::kInvalid);
  }
}

TEST_CASE("a URL is taken apart and has one spelling") {
  struct Row {
    std::string text;
    HttpUrl url;
    std::string shown;
  };
  const Row rows[] = {
      {"https://quay.io", {true, "quay.io", 443, ""}, "https://quay.io"},
      {"https://quay.io/", {true, "quay.io", 443, ""}, "https://quay.io"},
      {"HTTPS://Quay.IO:443//", {true, "quay.io", 443, ""}, "https://quay.io"},
      {"http://127.0.0.1:5000", {false, "127.0.0.1", 5000, ""}, "http://127.0.0.1:5000"},
      {"http://registry_1:80", {false, "registry_1", 80, ""}, "http://registry_1"},
      {"https://x.example:8443/a/b%20c/",
       {true, "x.example", 8443, "/a/b%20c"},
       "https://x.example:8443/a/b%20c"},
      {"http://[::1]:5000/x", {false, "[::1]", 5000, "/x"}, "http://[::1]:5000/x"},
      {"https://[0:0::1]", {true, "[::1]", 443, ""}, "https://[::1]"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto url = ParseHttpUrl(row.text);
    REQUIRE(url);
    CHECK(*url == row.url);
    CHECK(url->ToString() == row.shown);
    CHECK(*ParseHttpUrl(url->ToString()) == *url);
  }
  CHECK(ParseHttpUrl("https://x.example:8443/a")->Authority() == "x.example:8443");
  CHECK(ParseHttpUrl("https://x.example/a")->Authority() == "x.example");
}

TEST_CASE("what is no such URL is refused without repeating what may be a password") {
  for (const std::string text : {"",
                                 "quay.io",
                                 "//quay.io",
                                 "ftp://hunter2",
                                 "file:///etc/passwd",
                                 "https:/quay.io",
                                 "https://",
                                 "https:///x",
                                 "https://:443",
                                 "https://quay.io:0",
                                 "https://quay.io:65536",
                                 "https://quay.io:",
                                 "https://quay.io:x",
                                 "https://user:hunter2@quay.io",
                                 "https://hunter2@quay.io",
                                 "https://quay.io?hunter2",
                                 "https://quay.io/x?a=hunter2",
                                 "https://quay.io/#hunter2",
                                 "https://qu ay.io",
                                 "https://quay.io/a b",
                                 "https://quay.io/\n",
                                 "https://-quay.io",
                                 "https://.quay.io",
                                 "https://quay.io.",
                                 "https://quay..io",
                                 "https://qu%61y.io",
                                 "https://[::1",
                                 "https://[quay.io]",
                                 "https://quay.io/\"hunter2",
                                 "https://\xC3\xA9.example",
                                 "https://quay.io\\hunter2"}) {
    CAPTURE(text);
    const auto url = ParseHttpUrl(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().code == Code::kInvalid);
    CHECK(url.error().message.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a host as in a Host header has one spelling") {
  CHECK(*ParseHostPort("GHCR.mirror.example") == "ghcr.mirror.example");
  CHECK(*ParseHostPort("localhost:5000") == "localhost:5000");
  CHECK(*ParseHostPort("registry:05000") == "registry:5000");
  CHECK(*ParseHostPort("[0::1]:5000") == "[::1]:5000");
  CHECK(*ParseHostPort("[::1]") == "[::1]");
  CHECK(*ParseHostPort("10.0.0.1") == "10.0.0.1");
  for (const std::string text : {"", ":5000", "a:0", "a:", "a:65536", "a b", "https://a", "a/b",
                                 "::1", "a@b", "[::1]x", "*"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseHostPort(text));
  }
}

}  // namespace
}  // namespace longshore
