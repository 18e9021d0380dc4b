#include "proxy/fetch/connection_ramp.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

namespace longshore {
namespace {

// Runs the ramp against a link: `rate` gives the sum in bytes/s for a number of connections.
int RunAgainst(ConnectionRamp& ramp, const std::function<double(int)>& rate) {
  TimePoint now{};
  double bytes = 0;
  int flowing = 1;
  for (int i = 0; i < 40; ++i) {
    now += Duration{50};
    bytes += rate(flowing) * 0.05;
    ramp.OnTick(now, static_cast<uint64_t>(bytes), flowing);
    flowing = ramp.target();
  }
  return ramp.target();
}

TEST_CASE("connections are added while each brings its share") {
  ConnectionRamp ramp(8);
  CHECK(RunAgainst(ramp, [](int n) { return 8e6 * n; }) == 8);
}

TEST_CASE("a link that is full with two stays near two") {
  ConnectionRamp ramp(8);
  const int target = RunAgainst(ramp, [](int n) { return std::min(8e6 * n, 16e6); });
  CHECK(target <= 4);
  CHECK(ramp.IsSettled());
}

TEST_CASE("where one connection is as fast as the machine there is one") {
  ConnectionRamp ramp(8);
  CHECK(RunAgainst(ramp, [](int) { return 1e9; }) == 1);
}

TEST_CASE("a long way to the first byte needs no measuring") {
  ConnectionRamp ramp(8);
  ramp.OnFirstByte(Duration{100});
  CHECK(ramp.target() == 8);
  ConnectionRamp near(8);
  near.OnFirstByte(Duration{3});
  CHECK(near.target() == 1);
  CHECK(!near.IsSettled());
}

TEST_CASE("what is settled is not begun elsewhere") {
  ConnectionRamp ramp(8);
  ramp.StartAt(4);
  CHECK(ramp.target() == 4);
  ramp.Settle(1);
  ramp.StartAt(8);
  CHECK(ramp.target() == 1);
}

TEST_CASE("a refused connection ends the growth") {
  ConnectionRamp ramp(8);
  ramp.OnFirstByte(Duration{100});
  ramp.Settle(2);
  CHECK(RunAgainst(ramp, [](int n) { return 8e6 * n; }) == 2);
}

}  // namespace
}  // namespace longshore
