#include "proxy/oci/link_header.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace longshore {
namespace {

TEST_CASE("the next page is found in every way that registries write it") {
  struct Row {
    std::string header;
    QueryPairs query;
  };
  const QueryPairs usual = {{"n", "10"}, {"last", "v1"}};
  const Row rows[] = {
      {R"(</v2/a/tags/list?n=10&last=v1>; rel="next")", usual},
      {R"(</v2/a/tags/list?n=10&last=v1>;rel=next)", usual},
      {R"(<https://registry.example/v2/a/tags/list?n=10&last=v1>; rel="next")", usual},
      {R"(<?n=10&last=v1>; REL = "prev NEXT")", usual},
      {R"(</x?a=b>; rel="prev", </v2/a/tags/list?n=10&last=v1>; rel="next")", usual},
      {R"(</x?a=b>; title="a, <b>; rel=next"; rel=prev, </y?n=10&last=v1>; rel="next")", usual},
      {R"(</x?n=10&last=v1#frag>; rel="next")", usual},
      {R"(</x?last=a%2Bb%26c+d>; rel="next")", {{"last", "a+b&c d"}}},
      {R"(</x?next_page=gAAA%3D%3D&n=50>; rel="next")", {{"next_page", "gAAA=="}, {"n", "50"}}},
      {R"(</x?a=,b>; rel="next")", {{"a", ",b"}}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.header);
    CHECK(NextPageQuery(row.header) == row.query);
  }
}

TEST_CASE("a header without a next page leads nowhere") {
  for (const std::string header :
       {"", "x", "<", "<>", "</x?n=1>", R"(</x?n=1>; rel="prev")", R"(</x?n=1>; rel="nextish")",
        R"(</x?n=1; rel="next")", R"(</v2/a/tags/list>; rel="next")", R"(</x?>; rel="next")",
        R"(</x?n=%>; rel="next")", R"(</x?n=1>; title="rel=next")",
        R"(</x?n=1>; rel="prev"; rel="next")", R"(</x?n=1>; rel=)", R"(</x?n=1> rel="next")",
        R"(</x?n=1>; rel)"}) {
    CAPTURE(header);
    CHECK_FALSE(NextPageQuery(header));
  }
}

TEST_CASE("a link of ours is relative to us and reads back, whatever is in it") {
  CHECK(MakeLink("/v2/a/b/tags/list", {{"n", "10"}, {"last", "a>b\"&c"}, {"ns", "h:5000"}}) ==
        R"(</v2/a/b/tags/list?n=10&last=a%3Eb%22%26c&ns=h%3A5000>; rel="next")");
  CHECK(MakeLink("/v2/a/tags/list", {}) == R"(</v2/a/tags/list>; rel="next")");

  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    QueryPairs query(1 + random() % 4);
    for (auto& [key, value] : query) {
      key.resize(random() % 6);
      value.resize(random() % 6);
      for (char& c : key) c = static_cast<char>(random() % 256);
      for (char& c : value) c = static_cast<char>(random() % 256);
    }
    REQUIRE(NextPageQuery(MakeLink("/v2/a", query)) == query);
  }
}

}  // namespace
}  // namespace longshore
