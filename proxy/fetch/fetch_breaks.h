#pragma once

#include <optional>

#include "cache/base/clock.h"

namespace longshore {

// How often the transfers of a fetch may break before it is given up, and how long nothing is
// started after each time. Pure; time comes as an argument.
//
// What breaks while one break is waited out began before it, and is part of it. What is refused for
// now while others deliver is waited out, but it is no break: too much was asked for at once, or
// somebody else has.
class FetchBreaks {
 public:
  static constexpr int kMost = 3;             // in a row, without progress
  static constexpr Duration kFirstWait{200};  // doubled each time in a row
  // However long the upstream asks to be left alone: readers may hold a transfer of so little for
  // broken.
  static constexpr Duration kLongestWait{4'000};

  struct Break {
    bool is_refusal = false;  // "not now", or not even asked
    Duration asked{0};        // for how long, where that is known
    bool others_deliver = false;
  };

  void OnProgress() { count_ = 0; }
  // How long nothing is to be started from now on. Nothing: it is hopeless.
  std::optional<Duration> OnBreak(TimePoint now, const Break& what);

 private:
  int count_ = 0;
  TimePoint wait_ends_;
  bool is_counted_ = false;  // what is waited for
};

}  // namespace longshore
