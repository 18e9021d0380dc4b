#pragma once

#include "cache/base/clock.h"
#include "cache/base/executor.h"
#include "cache/base/thread_pool.h"
#include "proxy/admin/traffic_history.h"

namespace longshore {

// Has the history sampled in the pool now and then. One in the process, on one loop; all outlive
// it.
class TrafficSampler {
 public:
  static constexpr Duration kPeriod{10'000};

  TrafficSampler(Executor& executor, ThreadPool& pool, const Clock& clock, TrafficHistory& history)
      : executor_(executor), pool_(pool), clock_(clock), history_(history) {
    Arm();
  }
  ~TrafficSampler() { executor_.CancelTimer(timer_); }
  TrafficSampler(const TrafficSampler&) = delete;
  TrafficSampler& operator=(const TrafficSampler&) = delete;

 private:
  void Arm() {
    timer_ = executor_.RunAfter(kPeriod, [this] {
      pool_.Post("sample traffic", ThreadPool::kNoOrder,
                 [&history = history_, now = clock_.WallMillis()] { history.Sample(now); });
      Arm();
    });
  }

  Executor& executor_;
  ThreadPool& pool_;
  const Clock& clock_;
  TrafficHistory& history_;
  Executor::TimerId timer_ = 0;
};

}  // namespace longshore
