#include "proxy/oci/platform.h"

#include <doctest/doctest.h>

namespace longshore {
namespace {

const std::string kAmd = "sha256:" + std::string(64, 'a');
const std::string kArm = "sha256:" + std::string(64, 'b');
const std::string kProof = "sha256:" + std::string(64, 'c');

std::string AnIndex() {
  return R"({"manifests":[
    {"digest":")" +
         kAmd + R"(","size":7,"platform":{"os":"linux","architecture":"amd64"}},
    {"digest":")" +
         kArm + R"(","size":8,"platform":{"os":"linux","architecture":"arm64","variant":"v8"}},
    {"digest":")" +
         kProof + R"(","size":9,"platform":{"os":"unknown","architecture":"unknown"}},
    {"digest":"md5:no","platform":{"os":"linux","architecture":"s390x"}}]})";
}

TEST_CASE("an index lists its platforms, and neither attestations nor what cannot be named") {
  const auto entries = ReadIndex(AnIndex());
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].digest.ToString() == kAmd);
  CHECK(entries[0].size == 7);
  CHECK(entries[0].platform.ToString() == "linux/amd64");
  CHECK(entries[1].platform.ToString() == "linux/arm64/v8");
}

TEST_CASE("bytes that are no index have no entries") {
  for (const char* bytes : {"", "[]", "{}", "{\"manifests\":{}}", "{\"manifests\":[1,{}]}", "{"}) {
    CHECK(ReadIndex(bytes).empty());
  }
  CHECK(ReadIndex(std::string(100'000, '[')).empty());
}

TEST_CASE("a variant matters only to whom names one") {
  CHECK(Matches({"linux", "arm64", ""}, {"linux", "arm64", "v8"}));
  CHECK(Matches({"linux", "arm64", "v8"}, {"linux", "arm64", "v8"}));
  CHECK_FALSE(Matches({"linux", "arm64", "v7"}, {"linux", "arm64", "v8"}));
  CHECK_FALSE(Matches({"linux", "amd64", ""}, {"linux", "arm64", ""}));
}

TEST_CASE("a platform is two or three words") {
  CHECK(ParsePlatform("linux/amd64") == Platform{"linux", "amd64", ""});
  CHECK(ParsePlatform("linux/arm64/v8") == Platform{"linux", "arm64", "v8"});
  for (const char* text : {"", "linux", "linux/", "/amd64", "linux/amd64/v1/x", "Linux/amd64"}) {
    CAPTURE(text);
    CHECK(ParsePlatform(text).error().code == Code::kInvalid);
  }
  CHECK(ParsePlatform(HostPlatform().ToString()));
}

}  // namespace
}  // namespace longshore
