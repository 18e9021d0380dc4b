#pragma once

#include <cstdint>

#include "cache/base/clock.h"

namespace longshore {

// How many connections a blob's fetch should use: starts with one, doubles while the sum still
// grows, and stays where it stopped growing. Pure; time comes as an argument.
//
// A long way to the upstream (kLongWay to the first byte) shows that one connection is bounded by
// the round trip; to measure each step would cost more round trips than most blobs take, so all
// that are allowed are used at once there. Near by, one connection is measured first.
class ConnectionRamp {
 public:
  static constexpr Duration kLongWay{20};
  static constexpr Duration kMeasure{100};
  static constexpr double kGrowth = 1.2;          // less than a fifth more is no growth
  static constexpr uint64_t kFast = 100'000'000;  // bytes/s: a gigabit link is full

  explicit ConnectionRamp(int max) : max_(max) {}

  int target() const { return target_; }
  // Answers of the upstream begin after `waited`. Told before the first request: later, what is
  // under way would have to be cut.
  void OnFirstByte(Duration waited);
  // Called about every kMeasure: `bytes` received so far over all connections, of which `flowing`
  // deliver now.
  void OnTick(TimePoint now, uint64_t bytes, int flowing);
  // A connection was refused or broke: what flows now is enough.
  void Settle(int flowing);
  // What another blob of the same upstream has found out already; what is settled stays.
  void StartAt(int target) {
    if (!settled_) target_ = target < max_ ? target : max_;
  }
  bool IsSettled() const { return settled_; }

 private:
  const int max_;
  int target_ = 1;
  bool settled_ = false;
  double rate_before_ = 0;  // bytes/s with half the connections
  TimePoint since_;         // the measurement that runs
  uint64_t bytes_since_ = 0;
  bool measuring_ = false;
};

}  // namespace longshore
