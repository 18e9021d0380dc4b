#pragma once

#include <cstdint>
#include <optional>

#include "cache/base/clock.h"
#include "cache/base/result.h"

namespace longshore {

// What whoever would have waited for the disk is told.
inline Error DiskDoesNotAnswer() {
  return {Code::kIo, "the disk does not answer"};
}

// For how long one waits for a disk of which an operation does not return: a slow one makes some
// progress meanwhile. For one thread.
class DiskPatience {
 public:
  static constexpr Duration kLasts{5'000};

  // To be asked about once a second while that is so. True: for kLasts there was no progress.
  bool HasRunOut(uint64_t progress, TimePoint now) {
    const bool goes_on = asked_ && now - *asked_ <= kTogether && progress == progress_;
    if (!goes_on) since_ = now;
    asked_ = now;
    progress_ = progress;
    return now - since_ >= kLasts;
  }
  // The disk is not what one waits for.
  void Reset() { asked_.reset(); }

 private:
  static constexpr Duration kTogether{3'000};  // later it is another time that it is stuck
  std::optional<TimePoint> asked_;
  TimePoint since_;
  uint64_t progress_ = 0;
};

}  // namespace longshore
