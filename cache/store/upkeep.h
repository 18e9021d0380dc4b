#pragma once

#include <atomic>
#include <cstdint>

#include "cache/base/clock.h"
#include "cache/base/thread_pool.h"
#include "cache/eviction/what_if.h"
#include "cache/store/budget.h"
#include "cache/store/folder_watch.h"
#include "cache/store/pruner.h"
#include "cache/store/reclaimer.h"

namespace longshore {

// Sees to it that the folder is looked at, and the index measured, while it is written to: every
// MiB it takes in, and every 10 s. It has no timer of its own; what uses the cache asks it in
// passing. Thread-safe; neither method blocks.
class Upkeep {
 public:
  static constexpr uint64_t kEveryBytes = 1 << 20;
  static constexpr Duration kEvery{10'000};

  Upkeep(FolderWatch& folder, Reclaimer& reclaimer, Pruner& pruner, WhatIf& what_if, Budget& budget,
         const Clock& clock, ThreadPool& pool)
      : folder_(folder),
        reclaimer_(reclaimer),
        pruner_(pruner),
        what_if_(what_if),
        budget_(budget),
        clock_(clock),
        pool_(pool),
        next_at_((clock.Now() + kEvery).time_since_epoch().count()) {}
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;

  void Consider() {
    const auto now = clock_.Now();
    const uint64_t growth = budget_.IndexGrowth();
    const bool due = growth >= next_growth_ || now.time_since_epoch().count() >= next_at_;
    if (due) Start();
  }

  void Start() {
    if (running_.exchange(true)) return;
    next_growth_ = budget_.IndexGrowth() + kEveryBytes;
    next_at_ = (clock_.Now() + kEvery).time_since_epoch().count();
    pool_.Post("upkeep", ThreadPool::kNoOrder, [this] {
      folder_.Look();
      reclaimer_.Upkeep();
      pruner_.Step();
      what_if_.CatchUp();
      running_ = false;
    });
  }

 private:
  FolderWatch& folder_;
  Reclaimer& reclaimer_;
  Pruner& pruner_;
  WhatIf& what_if_;
  Budget& budget_;
  const Clock& clock_;
  ThreadPool& pool_;
  std::atomic<bool> running_{false};
  std::atomic<uint64_t> next_growth_{kEveryBytes};
  std::atomic<TimePoint::rep> next_at_;
};

}  // namespace longshore
