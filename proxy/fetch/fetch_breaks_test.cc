#include "proxy/fetch/fetch_breaks.h"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.h"

namespace longshore {
namespace {

struct Bed {
  FetchBreaks::Break Cut(bool others_deliver = false) const {
    return {clock.Now(), received, Duration{0}, others_deliver};
  }
  FetchBreaks::Break Refusal(Duration asked, bool others_deliver) const {
    return {clock.Now(), received, asked, others_deliver};
  }
  std::optional<Duration> Break(const FetchBreaks::Break& what) {
    return breaks.OnBreak(clock.Now(), what);
  }
  // A transfer that begins now breaks a moment later, and the time passes that is to be waited.
  std::optional<Duration> BreakAndWait(FetchBreaks::Break what) {
    what.began = clock.Now();
    clock.Advance(Duration{1});
    const auto wait = Break(what);
    if (wait) clock.Advance(*wait);
    return wait;
  }
  FakeClock clock;
  FetchBreaks breaks;
  uint64_t received = 0;
};

TEST_CASE("three breaks in a row are waited out, each longer than the one before") {
  Bed f;
  CHECK(f.BreakAndWait(f.Cut()) == Duration{200});
  CHECK(f.BreakAndWait(f.Cut()) == Duration{400});
  CHECK(f.BreakAndWait(f.Cut()) == Duration{800});
  CHECK(!f.BreakAndWait(f.Cut()));
}

TEST_CASE("progress begins a new row") {
  Bed f;
  for (int i = 0; i < 3; ++i) REQUIRE(f.BreakAndWait(f.Cut()));
  f.breaks.OnProgress();
  CHECK(f.BreakAndWait(f.Cut()) == Duration{200});
}

TEST_CASE("of transfers that began together one break counts, whenever the others end") {
  Bed f;
  const FetchBreaks::Break together = f.Cut();
  f.clock.Advance(Duration{1});
  for (int connection = 0; connection < 8; ++connection) {
    CHECK(f.Break(together) == Duration{200});
  }
  f.clock.Advance(Duration{150});
  CHECK(f.Break(together) == Duration{50});
  f.clock.Advance(Duration{10'000});
  CHECK(f.Break(together) == Duration{0});
  CHECK(f.BreakAndWait(f.Cut()) == Duration{400});
}

TEST_CASE("the next one counts, though its timer ran a little before the wait was over") {
  Bed f;
  REQUIRE(f.BreakAndWait(f.Cut()));
  REQUIRE(f.BreakAndWait(f.Cut()));
  const FetchBreaks::Break third = f.Cut();
  f.clock.Advance(Duration{1});
  REQUIRE(f.Break(third) == Duration{800});
  f.clock.Advance(Duration{797});
  CHECK(!f.BreakAndWait(f.Cut()));
}

TEST_CASE("what the upstream asks for is waited for, to a bound, also when it is said later") {
  Bed f;
  const FetchBreaks::Break cut = f.Cut();
  FetchBreaks::Break refusal = f.Refusal(Duration{3'000}, false);
  REQUIRE(f.Break(cut) == Duration{200});
  CHECK(f.Break(refusal) == Duration{3'000});
  refusal.asked = Duration{60'000};
  CHECK(f.Break(refusal) == FetchBreaks::kLongestWait);
  CHECK(f.Break(cut) == FetchBreaks::kLongestWait);
  f.clock.Advance(FetchBreaks::kLongestWait);
  CHECK(f.BreakAndWait(f.Cut()) == Duration{400});
}

TEST_CASE("refusals are no breaks while others deliver, however many") {
  Bed f;
  for (int i = 0; i < 100; ++i) {
    CHECK(f.BreakAndWait(f.Refusal(Duration{1'000}, true)) == Duration{1'000});
  }
  CHECK(f.BreakAndWait(f.Cut()) == Duration{200});
}

TEST_CASE("where nothing else delivers they are") {
  Bed f;
  for (int i = 0; i < 3; ++i) {
    CHECK(f.BreakAndWait(f.Refusal(Duration{1'000}, false)) == Duration{1'000});
  }
  CHECK(!f.BreakAndWait(f.Refusal(Duration{1'000}, false)));
}

TEST_CASE("while others deliver it is tried on, but less and less often") {
  Bed f;
  for (const int wait : {200, 400, 800, 1'600}) {
    CHECK(!f.breaks.IsOldNews());
    f.received += 10'000'000;
    CHECK(f.BreakAndWait(f.Cut(true)) == Duration{wait});
  }
  CHECK(f.breaks.IsOldNews());
  for (const int wait : {3'200, 4'000, 4'000, 4'000}) {
    f.received += FetchBreaks::kLeast;
    CHECK(f.BreakAndWait(f.Cut(true)) == Duration{wait});
  }
  for (int i = 0; i < 100; ++i) {
    f.received += FetchBreaks::kLeast;
    REQUIRE(f.BreakAndWait(f.Cut(true)));
  }
  CHECK(!f.BreakAndWait(f.Cut(false)));
}

TEST_CASE("those that are answered and bring nothing do not keep it alive") {
  Bed f;
  // Two at a time begin together, and stall one after the other.
  int rounds = 0;
  for (; rounds < 100; ++rounds) {
    FetchBreaks::Break first = f.Cut(true);
    FetchBreaks::Break second = f.Cut(false);
    f.clock.Advance(Duration{15'000});
    if (!f.Break(first)) break;
    f.clock.Advance(Duration{100});
    if (!f.Break(second)) break;
    f.clock.Advance(FetchBreaks::kLongestWait);
  }
  CHECK(rounds >= 3);
  CHECK(rounds <= 6);
}

TEST_CASE("nor do those that bring a little each time, if it is too little") {
  Bed f;
  int breaks = 0;
  while (breaks < 1'000 && f.BreakAndWait(f.Cut(true))) {
    f.received += 1'000;
    ++breaks;
  }
  CHECK(breaks < 20);
}

TEST_CASE("a break counts even if a refusal is waited out") {
  Bed f;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(f.Break(f.Refusal(Duration{1'000}, true)));
    CHECK(f.BreakAndWait(f.Cut()));
  }
  REQUIRE(f.Break(f.Refusal(Duration{1'000}, true)));
  CHECK(!f.BreakAndWait(f.Cut()));
}

}  // namespace
}  // namespace longshore
