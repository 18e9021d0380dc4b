#pragma once

#include <atomic>

namespace longshore {

// How many retries an upstream may be sent: a part of the calls, so that what fails for everybody
// is not asked for many times over by everybody. Thread-safe, without a lock.
class RetryBudget {
 public:
  static constexpr int kCallsPerRetry = 5;
  static constexpr int kMostSaved = 10;  // retries; also to begin with, for upstreams seldom asked

  void OnCall() {
    int saved = saved_.load(std::memory_order_relaxed);
    while (saved < kFull && !saved_.compare_exchange_weak(saved, saved + 1)) {
    }
  }
  // May one retry be made? It is paid for then.
  bool TryTake() {
    int saved = saved_.load(std::memory_order_relaxed);
    while (saved >= kCallsPerRetry) {
      if (saved_.compare_exchange_weak(saved, saved - kCallsPerRetry)) return true;
    }
    return false;
  }

 private:
  static constexpr int kFull = kMostSaved * kCallsPerRetry;
  std::atomic<int> saved_{kFull};  // in calls
};

}  // namespace longshore
