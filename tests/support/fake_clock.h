#pragma once

#include <atomic>

#include "cache/base/clock.h"

namespace longshore {

// A clock that moves when the test says so. Thread-safe.
class FakeClock final : public Clock {
 public:
  TimePoint Now() const override { return TimePoint(Duration(now_.load())); }
  int64_t WallMillis() const override { return kWallStart + now_.load(); }
  void Advance(Duration by) { now_ += by.count(); }

 private:
  static constexpr int64_t kWallStart = 1'700'000'000'000;
  std::atomic<int64_t> now_{1'000'000};
};

}  // namespace longshore
