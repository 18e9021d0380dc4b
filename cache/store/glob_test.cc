#include "cache/store/glob.h"

#include <doctest/doctest.h>

#include <string>

namespace longshore {
namespace {

TEST_CASE("a pattern matches the whole text") {
  CHECK(MatchesGlob("docker.io/library/debian:12", "docker.io/library/debian:12"));
  CHECK_FALSE(MatchesGlob("docker.io/library/debian:1", "docker.io/library/debian:12"));
  CHECK_FALSE(MatchesGlob("library", "docker.io/library/debian:12"));
  CHECK(MatchesGlob("", ""));
  CHECK_FALSE(MatchesGlob("", "a"));
}

TEST_CASE("a star takes any number of bytes, slashes too, and none") {
  CHECK(MatchesGlob("docker.io/*", "docker.io/library/debian:12"));
  CHECK(MatchesGlob("*debian:12", "docker.io/library/debian:12"));
  CHECK(MatchesGlob("*lib*12*", "docker.io/library/debian:12"));
  CHECK(MatchesGlob("*", ""));
  CHECK_FALSE(MatchesGlob("*alpine*", "docker.io/library/debian:12"));
  CHECK(MatchesGlob("*ab", "aaab"));
}

TEST_CASE("a question mark takes one byte") {
  CHECK(MatchesGlob("debian:1?", "debian:12"));
  CHECK_FALSE(MatchesGlob("debian:1?", "debian:1"));
}

TEST_CASE("a pattern made to be slow is not") {
  const std::string text(4'000, 'a');
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  CHECK_FALSE(MatchesGlob(pattern + "b", text));
}

TEST_CASE("a reference is no pattern") {
  CHECK(IsGlob("docker.io/*"));
  CHECK(IsGlob("debian:1?"));
  CHECK_FALSE(IsGlob("docker.io/library/debian:12"));
}

}  // namespace
}  // namespace longshore
