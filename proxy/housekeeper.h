#pragma once

#include "cache/base/executor.h"
#include "cache/cache.h"
#include "proxy/fetch/blob_fetches.h"
#include "proxy/fetch/home_loops.h"

namespace longshore {

// Gives the cache its turn once a second, and while the disk does not answer has the fetches look
// after those who wait for it. One in the process, on one loop; all outlive it.
class Housekeeper {
 public:
  static constexpr Duration kPeriod{1'000};

  Housekeeper(Executor& executor, Cache& cache, HomeLoops<BlobFetches>& fetches)
      : executor_(executor), cache_(cache), fetches_(fetches) {
    Arm();
  }
  ~Housekeeper() { executor_.CancelTimer(timer_); }
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

 private:
  void Arm() {
    timer_ = executor_.RunAfter(kPeriod, [this] {
      cache_.Tick();
      if (cache_.IsStuck())
        fetches_.Everywhere([](BlobFetches& fetches) { fetches.DiskIsStuck(); });
      Arm();
    });
  }

  Executor& executor_;
  Cache& cache_;
  HomeLoops<BlobFetches>& fetches_;
  Executor::TimerId timer_ = 0;
};

}  // namespace longshore
