#pragma once

#include <chrono>
#include <cstdint>

namespace longshore {

using Duration = std::chrono::milliseconds;
using TimePoint = std::chrono::steady_clock::time_point;

// The only source of time. Thread-safe. Tests use a clock that moves when they say so.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  virtual TimePoint Now() const = 0;  // monotonic: for deadlines and durations
  virtual int64_t WallMillis()
      const = 0;  // milliseconds since 1970-01-01 UTC: for what is kept on disk
};

class SystemClock final : public Clock {
 public:
  TimePoint Now() const override { return std::chrono::steady_clock::now(); }
  int64_t WallMillis() const override {
    return std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace longshore
