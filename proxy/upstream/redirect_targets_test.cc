#include "proxy/upstream/redirect_targets.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/fake_clock.h"

namespace longshore {
namespace {

std::string Bucket(size_t number) {
  return "https://bucket" + std::to_string(number) + ".example/blob";
}

TEST_CASE("each origin is a server, whatever is asked of it") {
  FakeClock clock;
  RedirectTargets targets(clock);
  const auto cdn = targets.At("https://cdn.example/one?signature=1");
  CHECK(targets.At("https://CDN.example:443/two") == cdn);
  CHECK(targets.At("http://cdn.example/one") != cdn);
  CHECK(targets.At("https://cdn.example:8443/one") != cdn);
  CHECK(targets.At("https://other.example/one") != cdn);
}

TEST_CASE("those that are left alone are told, for how long") {
  FakeClock clock;
  RedirectTargets targets(clock);
  targets.At(Bucket(1));
  CHECK(targets.AllLeftAlone().empty());
  targets.At("https://cdn.example/one")->OnPatienceAsked(Duration{5'000});
  clock.Advance(Duration{1'000});
  const auto left_alone = targets.AllLeftAlone();
  REQUIRE(left_alone.size() == 1);
  CHECK(left_alone.front().host == "cdn.example");
  CHECK(left_alone.front().opens_in == Duration{4'000});
  clock.Advance(Duration{4'000});
  CHECK(targets.AllLeftAlone().empty());
}

TEST_CASE("so are those whose pause is over, until they answer or nobody is led there any more") {
  FakeClock clock;
  RedirectTargets targets(clock);
  const auto cdn = targets.At(Bucket(1));
  while (auto permit = cdn->TryEnter()) {
    permit->Failed();
    clock.Advance(Duration{500});
  }
  clock.Advance(Duration{30'000});
  const auto left_alone = targets.AllLeftAlone();
  REQUIRE(left_alone.size() == 1);
  CHECK(left_alone.front().opens_in == Duration{0});
  clock.Advance(RedirectTargets::kOfLate);
  CHECK(targets.AllLeftAlone().empty());
  targets.At(Bucket(1));
  CHECK(targets.AllLeftAlone().size() == 1);
  cdn->TryEnter()->Answered();
  CHECK(targets.AllLeftAlone().empty());
}

TEST_CASE("an upstream that leads everywhere makes them forget where it led long ago") {
  FakeClock clock;
  RedirectTargets targets(clock);
  const auto often = targets.At(Bucket(0));
  const auto once = targets.At(Bucket(1));
  auto permit = once->TryEnter();
  for (size_t other = 2; other < 10 * RedirectTargets::kMost; ++other) {
    targets.At(Bucket(other));
    CHECK(targets.At(Bucket(0)) == often);
  }
  CHECK(targets.At(Bucket(1)) != once);
  REQUIRE(permit);
  CHECK(!permit->Failed());  // what was let through may still say how it ended
}

}  // namespace
}  // namespace longshore
