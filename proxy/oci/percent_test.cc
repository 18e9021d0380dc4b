#include "proxy/oci/percent.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace longshore {
namespace {

TEST_CASE("decoding undoes each escape once and leaves a plus alone") {
  CHECK(PercentDecode("") == "");
  CHECK(PercentDecode("sha256%3Aab") == "sha256:ab");
  CHECK(PercentDecode("a+b") == "a+b");
  CHECK(PercentDecode("%252e") == "%2e");
  CHECK(PercentDecode("%2E%2e") == "..");
  CHECK(PercentDecode("%00") == std::string(1, '\0'));
}

TEST_CASE("a broken escape is not decoded to something else") {
  for (const std::string text : {"%", "%2", "%2x", "%x2", "a%", "%%20", "% 20"}) {
    CAPTURE(text);
    CHECK_FALSE(PercentDecode(text));
    CHECK_FALSE(ParseQuery(text));
  }
}

TEST_CASE("encoding keeps the unreserved characters, a path also its slashes and colons") {
  CHECK(PercentEncode("aZ09-._~") == "aZ09-._~");
  CHECK(PercentEncode("a/b:c d+e%") == "a%2Fb%3Ac%20d%2Be%25");
  CHECK(PercentEncode("\xC3\xA9") == "%C3%A9");
  CHECK(PercentEncodePath("/v2/a b/manifests/sha256:0?#") == "/v2/a%20b/manifests/sha256:0%3F%23");
}

TEST_CASE("a query is pairs in order, as Go's net/url reads it") {
  CHECK(ParseQuery("") == QueryPairs{});
  CHECK(ParseQuery("n=10&last=a%26b") == QueryPairs{{"n", "10"}, {"last", "a&b"}});
  CHECK(ParseQuery("a+b=c+d") == QueryPairs{{"a b", "c d"}});
  CHECK(ParseQuery("&&n=1&&") == QueryPairs{{"n", "1"}});
  CHECK(ParseQuery("n&last=") == QueryPairs{{"n", ""}, {"last", ""}});
  CHECK(ParseQuery("a==b=") == QueryPairs{{"a", "=b="}});
  CHECK(ParseQuery("=") == QueryPairs{{"", ""}});
}

TEST_CASE("of equal keys the first one counts") {
  const QueryPairs pairs = {{"ns", "a"}, {"ns", "b"}};
  CHECK(FindQuery(pairs, "ns") == "a");
  CHECK_FALSE(FindQuery(pairs, "n"));
}

TEST_CASE("what is formatted parses back, whatever the bytes") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto text = [&random] {
    std::string out(random() % 8, ' ');
    for (char& c : out) c = static_cast<char>(random() % 256);
    return out;
  };
  for (int round = 0; round < 2000; ++round) {
    QueryPairs pairs(random() % 5);
    for (auto& [key, value] : pairs) {
      key = text();
      value = text();
    }
    REQUIRE(ParseQuery(FormatQuery(pairs)) == pairs);
    const std::string any = text();
    REQUIRE(PercentDecode(PercentEncode(any)) == any);
    REQUIRE(PercentDecode(PercentEncodePath(any)) == any);
  }
}

}  // namespace
}  // namespace longshore
