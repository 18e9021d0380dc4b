#pragma once

#include "cache/base/executor.h"
#include "cache/cache.h"

namespace longshore {

// Gives the cache its turn once a second. One in the process, on one loop; both outlive it.
class Housekeeper {
 public:
  static constexpr Duration kPeriod{1'000};

  Housekeeper(Executor& executor, Cache& cache) : executor_(executor), cache_(cache) { Arm(); }
  ~Housekeeper() { executor_.CancelTimer(timer_); }
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

 private:
  void Arm() {
    timer_ = executor_.RunAfter(kPeriod, [this] {
      cache_.Tick();
      Arm();
    });
  }

  Executor& executor_;
  Cache& cache_;
  Executor::TimerId timer_ = 0;
};

}  // namespace longshore
