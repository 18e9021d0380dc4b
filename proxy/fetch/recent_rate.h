#pragma once

#include <cstdint>

#include "cache/base/clock.h"

namespace longshore {

// Bytes a second of late: over the kWindow before, or over as long as nothing came. One thread.
class RecentRate {
 public:
  static constexpr Duration kWindow{200};

  void Start(TimePoint now) {
    since_ = now;
    bytes_ = 0;
    before_ = 0;
  }
  void Add(TimePoint now, uint64_t bytes) {
    if (now - since_ >= kWindow) {
      before_ = OfWindow(now);
      since_ = now;
      bytes_ = 0;
    }
    bytes_ += bytes;
  }
  // 0: nothing came, or it is too early to say.
  uint64_t At(TimePoint now) const { return now - since_ >= kWindow ? OfWindow(now) : before_; }

 private:
  uint64_t OfWindow(TimePoint now) const {
    const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(now - since_);
    return bytes_ * 1'000'000 / static_cast<uint64_t>(elapsed.count());
  }

  TimePoint since_;
  uint64_t bytes_ = 0;
  uint64_t before_ = 0;
};

}  // namespace longshore
