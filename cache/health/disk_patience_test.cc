#include "cache/health/disk_patience.h"

#include <doctest/doctest.h>

namespace longshore {
namespace {

constexpr Duration kSecond{1'000};

// Asks each second what it says after as many; the second in which it first runs out, or 0.
int RunsOutAfter(DiskPatience& patience, TimePoint& now, int seconds, uint64_t progress) {
  for (int second = 1; second <= seconds; ++second, now += kSecond) {
    if (patience.HasRunOut(progress, now)) return second;
  }
  return 0;
}

TEST_CASE("it runs out when there was no progress for as long as it lasts") {
  DiskPatience patience;
  TimePoint now{Duration{77'000}};
  CHECK(RunsOutAfter(patience, now, 10, 0) == 6);
}

TEST_CASE("progress, another time that the disk is stuck, or another wait begin it anew") {
  DiskPatience patience;
  TimePoint now{Duration{77'000}};
  CHECK(RunsOutAfter(patience, now, 5, 0) == 0);
  uint64_t progress = 0;
  SUBCASE("progress") {
    progress = 1;
  }
  SUBCASE("another time") {
    now += 10 * kSecond;
  }
  SUBCASE("another wait") {
    patience.Reset();
  }
  CHECK(RunsOutAfter(patience, now, 10, progress) == 6);
}

}  // namespace
}  // namespace longshore
