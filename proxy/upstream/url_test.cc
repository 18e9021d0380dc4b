#include "proxy/upstream/url.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace longshore {
namespace {

TEST_CASE("origins compare without case and with the scheme's own port") {
  const auto a = OriginOf("https://Registry.Example/v2/x");
  const auto b = OriginOf("HTTPS://registry.example:443");
  REQUIRE(a);
  REQUIRE(b);
  CHECK(*a == *b);
  CHECK(*a != *OriginOf("http://registry.example"));
  CHECK(*a != *OriginOf("https://registry.example:8443"));
  CHECK(OriginOf("http://[::1]:5000/x")->host == "[::1]");
}

TEST_CASE("what is no http URL has no origin") {
  for (const std::string url :
       {"", "registry.example", "ftp://a/", "file:///etc/passwd", "https://u:p@a/", "http://"}) {
    CAPTURE(url);
    CHECK(!OriginOf(url));
  }
}

TEST_CASE("redirect targets resolve as RFC 3986 says") {
  CHECK(ResolveUrl("https://a/b/c?d", "/e") == "https://a/e");
  CHECK(ResolveUrl("https://a/b/c?d", "e?f=1") == "https://a/b/e?f=1");
  CHECK(ResolveUrl("https://a/b", "//c/d") == "https://c/d");
  CHECK(ResolveUrl("https://a/b", "http://c:1/d") == "http://c:1/d");
}

TEST_CASE("query parameters are added to those there, encoded") {
  CHECK(WithQuery("https://a/t", "scope", "repository:x/y:pull") ==
        "https://a/t?scope=repository%3ax%2fy%3apull");
  CHECK(WithQuery("https://a/t?b=1", "c", "d e") == "https://a/t?b=1&c=d+e");
}

TEST_CASE("of a URL with secrets the host may be told, of what is none nothing") {
  CHECK(HostOf("https://CDN.example:8443/blob?signature=secret") == "cdn.example");
  CHECK(HostOf("https://user:secret@cdn.example/blob").empty());
  CHECK(HostOf("ftp://cdn.example/blob").empty());
  CHECK(HostOf("").empty());
}

}  // namespace
}  // namespace longshore
