#pragma once

#include <cstdint>

#include "cache/base/mutex.h"
#include "cache/health/cache_stats.h"

namespace longshore {

// The hard byte budget for everything under the cache folder. Thread-safe; one leaf lock; never
// blocks.
//
//   used      = objects + index            objects: files and files to be, by Charge(); index: as
//   last measured,
//                                          plus twice what was committed since (log and table)
//   in force  : used + Headroom(index) + bytes asked for <= capacity
//
// The headroom covers what comes and goes unmeasured: folders, the log, tables rewritten by a
// compaction.
class Budget {
 public:
  static constexpr uint64_t kMinCapacity = 64 << 20;
  static uint64_t Headroom(uint64_t index_bytes);

  Budget(uint64_t capacity, CacheStats& stats);
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  bool TryReserve(uint64_t bytes);
  void Release(uint64_t bytes);
  void Force(uint64_t bytes);  // they are there already: counted even beyond the capacity
  // What must go before `bytes` more fit; 0 when they fit now.
  uint64_t Missing(uint64_t bytes) const;
  // Can it ever fit, were everything evicted?
  bool CanHold(uint64_t bytes) const;

  uint64_t capacity() const { return capacity_; }
  uint64_t ObjectBytes() const;
  bool IndexIsLarge() const;  // more than a quarter of the capacity

  void IndexGrew(uint64_t committed_bytes);
  uint64_t IndexGrowth() const;  // so far; taken before a measurement and given back with it
  void IndexMeasured(uint64_t bytes, uint64_t growth_before);

 private:
  void Publish() REQUIRES(mutex_);
  uint64_t MissingLocked(uint64_t bytes) const REQUIRES(mutex_);
  uint64_t IndexBytes() const REQUIRES(mutex_) { return measured_ + 2 * (growth_ - counted_); }

  const uint64_t capacity_;
  CacheStats& stats_;
  mutable Mutex mutex_;
  uint64_t objects_ GUARDED_BY(mutex_) = 0;
  uint64_t measured_ GUARDED_BY(mutex_) = 0;
  uint64_t growth_ GUARDED_BY(mutex_) = 0;   // bytes ever committed
  uint64_t counted_ GUARDED_BY(mutex_) = 0;  // those of them that the last measurement saw
};

}  // namespace longshore
