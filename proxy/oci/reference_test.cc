#include "proxy/oci/reference.h"

#include <doctest/doctest.h>
#include <regex.h>

#include <random>
#include <string>

namespace longshore {
namespace {

TEST_CASE("repository names follow the grammar of the spec") {
  for (const std::string name : {"a", "debian", "library/debian", "a/b/c/d", "a.b", "a_b", "a__b",
                                 "a-b", "a---b", "0/1", "quay.io/org/app", "a-b_c.d__e--f"}) {
    CAPTURE(name);
    CHECK(IsValidRepositoryName(name));
  }
  for (const std::string name :
       {"",       "/",    "/a",   "a/",  "a//b", "A",     "a/B",  ".",        "..",
        "a/../b", "a/.",  ".a",   "a.",  "-a",   "a-",    "_a",   "a_",       "a..b",
        "a___b",  "a.-b", "a_-b", "a:b", "a b",  "a%2fb", "a\\b", "\xC3\xA9", "a@b"}) {
    CAPTURE(name);
    CHECK_FALSE(IsValidRepositoryName(name));
  }
  CHECK_FALSE(IsValidRepositoryName(std::string_view("a\0b", 3)));
}

TEST_CASE("a repository name of 255 bytes is the longest") {
  CHECK(IsValidRepositoryName(std::string(kMaxNameBytes, 'a')));
  CHECK_FALSE(IsValidRepositoryName(std::string(kMaxNameBytes + 1, 'a')));
}

TEST_CASE("tags follow the grammar of the spec") {
  for (const std::string tag :
       {"latest", "v1.2.3", "_", "A", "0", "_.-", "sha256-ab.sig", "a..b"}) {
    CAPTURE(tag);
    CHECK(IsValidTag(tag));
  }
  for (const std::string tag : {"", ".", "..", "-a", ".INVALID_MANIFEST_NAME", "a/b", "a:b", "a b",
                                "a+b", "a\n", "\xC3\xA9"}) {
    CAPTURE(tag);
    CHECK_FALSE(IsValidTag(tag));
  }
  CHECK(IsValidTag(std::string(kMaxTagBytes, 'x')));
  CHECK_FALSE(IsValidTag(std::string(kMaxTagBytes + 1, 'x')));
}

// POSIX extended regular expressions: std::regex does not compile under GCC 12's address sanitizer.
class Pattern {
 public:
  explicit Pattern(const std::string& text) {
    REQUIRE(::regcomp(&compiled_, ("^(" + text + ")$").c_str(), REG_EXTENDED | REG_NOSUB) == 0);
  }
  ~Pattern() { ::regfree(&compiled_); }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  bool Matches(const std::string& text) const {
    return ::regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t compiled_{};
};

TEST_CASE("the hand-written grammars agree with the spec's regular expressions") {
  const std::string component = "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*";
  const Pattern name(component + "(/" + component + ")*");
  const Pattern tag("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr std::string_view kAlphabet = "ab0._-/A:";
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 10, ' ');
    for (char& c : text) c = kAlphabet[random() % kAlphabet.size()];
    CAPTURE(text);
    REQUIRE(IsValidRepositoryName(text) == name.Matches(text));
    REQUIRE(IsValidTag(text) == tag.Matches(text));
  }
}

TEST_CASE("a reference with a colon is a digest or nothing") {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const auto by_digest = ParseReference(digest);
  REQUIRE(by_digest);
  CHECK(std::holds_alternative<Digest>(*by_digest));
  CHECK(ToString(*by_digest) == digest);

  const auto by_tag = ParseReference("v1");
  REQUIRE(by_tag);
  CHECK(std::get<std::string>(*by_tag) == "v1");
  CHECK(ToString(*by_tag) == "v1");

  for (const std::string& text :
       {std::string("sha256:zz"), "md5:" + std::string(32, 'a'), "sha256:" + std::string(64, 'A'),
        std::string("v1:"), std::string(""), std::string("a/b")}) {
    CAPTURE(text);
    const auto reference = ParseReference(text);
    REQUIRE_FALSE(reference);
    CHECK(reference.error().code == Code::kInvalid);
  }
}

}  // namespace
}  // namespace longshore
