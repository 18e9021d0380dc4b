#include "proxy/fetch/recent_rate.h"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.h"

namespace longshore {
namespace {

constexpr uint64_t kMiB = 1024 * 1024;

TEST_CASE("a rate is known after a window, and follows what comes") {
  FakeClock clock;
  RecentRate rate;
  rate.Start(clock.Now());
  rate.Add(clock.Now(), kMiB);
  CHECK(rate.At(clock.Now()) == 0);
  clock.Advance(RecentRate::kWindow);
  CHECK(rate.At(clock.Now()) == 5 * kMiB);
  rate.Add(clock.Now(), 2 * kMiB);
  CHECK(rate.At(clock.Now()) == 5 * kMiB);  // of the window before
  clock.Advance(RecentRate::kWindow);
  CHECK(rate.At(clock.Now()) == 10 * kMiB);
}

TEST_CASE("the rate of what has stalled falls with the time it stalls") {
  FakeClock clock;
  RecentRate rate;
  rate.Start(clock.Now());
  for (int i = 0; i < 10; ++i) {
    rate.Add(clock.Now(), kMiB);
    clock.Advance(RecentRate::kWindow);
  }
  CHECK(rate.At(clock.Now()) == 5 * kMiB);
  clock.Advance(4 * RecentRate::kWindow);
  CHECK(rate.At(clock.Now()) == kMiB);
}

}  // namespace
}  // namespace longshore
