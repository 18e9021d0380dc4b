#include "proxy/fetch/fetch_breaks.h"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.h"

namespace longshore {
namespace {

constexpr FetchBreaks::Break kCut{};
constexpr FetchBreaks::Break kRefusal{true, Duration{0}, true};

struct Bed {
  // Also lets the time pass that is to be waited.
  std::optional<Duration> BreakAndWait(const FetchBreaks::Break& what) {
    const auto wait = breaks.OnBreak(clock.Now(), what);
    if (wait) clock.Advance(*wait);
    return wait;
  }
  FakeClock clock;
  FetchBreaks breaks;
};

TEST_CASE("three breaks in a row are waited out, each longer than the one before") {
  Bed f;
  CHECK(f.BreakAndWait(kCut) == Duration{200});
  CHECK(f.BreakAndWait(kCut) == Duration{400});
  CHECK(f.BreakAndWait(kCut) == Duration{800});
  CHECK(!f.BreakAndWait(kCut));
}

TEST_CASE("progress begins a new row") {
  Bed f;
  for (int i = 0; i < 3; ++i) REQUIRE(f.BreakAndWait(kCut));
  f.breaks.OnProgress();
  CHECK(f.BreakAndWait(kCut) == Duration{200});
}

TEST_CASE("what breaks together is one break") {
  Bed f;
  for (int connection = 0; connection < 8; ++connection) {
    CHECK(f.breaks.OnBreak(f.clock.Now(), kCut) == Duration{200});
  }
  f.clock.Advance(Duration{150});
  CHECK(f.BreakAndWait(kCut) == Duration{50});
  CHECK(f.BreakAndWait(kCut) == Duration{400});
}

TEST_CASE("what the upstream asks for is waited for, to a bound, also when it is said later") {
  Bed f;
  REQUIRE(f.breaks.OnBreak(f.clock.Now(), kCut) == Duration{200});
  CHECK(f.breaks.OnBreak(f.clock.Now(), {true, Duration{3'000}, false}) == Duration{3'000});
  CHECK(f.breaks.OnBreak(f.clock.Now(), {true, Duration{60'000}, false}) ==
        FetchBreaks::kLongestWait);
  CHECK(f.BreakAndWait(kCut) == FetchBreaks::kLongestWait);
  CHECK(f.BreakAndWait(kCut) == Duration{400});
}

TEST_CASE("refusals are no breaks while others deliver, however many") {
  Bed f;
  for (int i = 0; i < 100; ++i) CHECK(f.BreakAndWait(kRefusal) == Duration{200});
  CHECK(f.BreakAndWait(kCut) == Duration{200});
}

TEST_CASE("where nothing else delivers they are") {
  Bed f;
  const FetchBreaks::Break alone{true, Duration{1'000}, false};
  for (int i = 0; i < 3; ++i) CHECK(f.BreakAndWait(alone) == Duration{1'000});
  CHECK(!f.BreakAndWait(alone));
}

TEST_CASE("a break counts even if a refusal is waited out") {
  Bed f;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(f.breaks.OnBreak(f.clock.Now(), {true, Duration{1'000}, true}));
    CHECK(f.BreakAndWait(kCut) == Duration{1'000});
  }
  REQUIRE(f.breaks.OnBreak(f.clock.Now(), {true, Duration{1'000}, true}));
  CHECK(!f.BreakAndWait(kCut));
}

}  // namespace
}  // namespace longshore
