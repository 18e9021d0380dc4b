#include "proxy/fetch/tag_ttl.h"

#include <doctest/doctest.h>

namespace longshore {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("a tag lives as long as configured while half of the limit or more is left") {
  for (const double left : {1.0, 0.9, 0.5}) CHECK(StretchedTtl(seconds(60), left) == seconds(60));
  CHECK(StretchedTtl(seconds(60), std::nullopt) == seconds(60));
}

TEST_CASE("the less is left, the longer it lives, up to ten times") {
  CHECK(StretchedTtl(seconds(60), 0.25) == seconds(120));
  CHECK(StretchedTtl(seconds(60), 0.1) == seconds(300));
  CHECK(StretchedTtl(seconds(60), 0.05) == seconds(600));
  CHECK(StretchedTtl(seconds(60), 0.001) == seconds(600));
  CHECK(StretchedTtl(seconds(60), 0.0) == seconds(600));
}

TEST_CASE("it never lives shorter for less being left") {
  Duration before{0};
  for (int percent = 100; percent >= 0; --percent) {
    const Duration ttl = StretchedTtl(seconds(60), percent / 100.0);
    CHECK(ttl >= before);
    before = ttl;
  }
}

TEST_CASE("an hour is the bound, unless more is configured") {
  CHECK(StretchedTtl(minutes(30), 0.0) == hours(1));
  CHECK(StretchedTtl(hours(2), 0.0) == hours(2));
  CHECK(StretchedTtl(Duration{0}, 0.0) == Duration{0});
}

}  // namespace
}  // namespace longshore
