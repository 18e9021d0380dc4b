#include "proxy/oci/tags_page.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace longshore {
namespace {

using Tags = std::vector<std::string>;

TEST_CASE("a page parses back from what it was formatted to") {
  const TagsPage page{"library/debian", {"12", "latest"}};
  CHECK(FormatTagsPage(page) == R"({"name":"library/debian","tags":["12","latest"]})");
  CHECK(*ParseTagsPage(FormatTagsPage(page)) == page);
  CHECK(FormatTagsPage({"a", {}}) == R"({"name":"a","tags":[]})");
}

TEST_CASE("null tags are none, and entries that no tag can be are left out") {
  CHECK(*ParseTagsPage(R"({"name":"a","tags":null})") == TagsPage{"a", {}});
  CHECK(*ParseTagsPage(R"({"tags":["v1",5,null,"","a/b","..","\u0000","v2"]})") ==
        TagsPage{"", {"v1", "v2"}});
}

TEST_CASE("what is no list of tags is a bad upstream") {
  for (const std::string& body :
       {std::string(""), std::string("[]"), std::string("{}"), std::string(R"({"tags":{}})"),
        std::string(R"({"tags":"v1"})"), std::string(R"({"tags":["v1")"),
        std::string(R"({"errors":[]})"), R"({"tags":)" + std::string(100000, '[')}) {
    CAPTURE(body.substr(0, 40));
    CHECK(ParseTagsPage(body).error().code == Code::kBadUpstream);
  }
  CHECK(ParseTagsPage(std::string(kMaxTagsPageBytes + 1, ' ')).error().code == Code::kTooLarge);
}

TEST_CASE("a page size is a decimal number or refused") {
  CHECK(*ParsePageSize(std::nullopt) == std::nullopt);
  CHECK(*ParsePageSize("0") == 0);
  CHECK(*ParsePageSize("0100") == 100);
  CHECK(*ParsePageSize("18446744073709551615") == UINT64_MAX);
  CHECK(*ParsePageSize("18446744073709551616") == UINT64_MAX);
  CHECK(*ParsePageSize("99999999999999999999999999") == UINT64_MAX);
  for (const std::string text : {"", "-1", "+1", " 1", "1 ", "0x10", "ten", "1.5"}) {
    CAPTURE(text);
    CHECK(ParsePageSize(text).error().code == Code::kInvalid);
  }
}

TEST_CASE("pages of any size, put together, are the whole list") {
  Tags all;
  for (int i = 0; i < 23; ++i) all.push_back("v" + std::to_string(i));
  std::sort(all.begin(), all.end());
  for (uint64_t n = 1; n <= 24; ++n) {
    CAPTURE(n);
    Tags joined;
    bool more = true;
    while (more) {
      const TagsSlice slice = SliceTags(all, n, joined.empty() ? "" : joined.back());
      REQUIRE(slice.tags.size() <= n);
      REQUIRE_FALSE(slice.tags.empty());
      joined.insert(joined.end(), slice.tags.begin(), slice.tags.end());
      more = slice.more;
    }
    CHECK(joined == all);
  }
}

TEST_CASE(
    "a slice begins after last, even if last is gone, and n = 0 is empty without a next page") {
  const Tags tags = {"a", "c", "e"};
  CHECK(SliceTags(tags, std::nullopt, "").tags == tags);
  CHECK(SliceTags(tags, std::nullopt, "b").tags == Tags{"c", "e"});
  CHECK(SliceTags(tags, 1, "a").tags == Tags{"c"});
  CHECK(SliceTags(tags, 1, "a").more);
  CHECK_FALSE(SliceTags(tags, 2, "a").more);
  CHECK(SliceTags(tags, UINT64_MAX, "z").tags.empty());
  CHECK(SliceTags(tags, 0, "").tags.empty());
  CHECK_FALSE(SliceTags(tags, 0, "").more);
}

}  // namespace
}  // namespace longshore
