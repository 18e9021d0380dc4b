#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cache/base/mutex.h"
#include "cache/eviction/eviction.h"
#include "cache/health/cache_stats.h"

namespace longshore {

// What hit ratios half, double and four times the disk would have: ghost caches of keys and sizes
// that run the eviction policy itself on the requests of a sample of all objects, each with that
// share of its disk (SHARDS; Waldspurger et al., FAST 2015). The sample is halved whenever a ghost
// cache holds more objects than it may, so memory is bounded: about 6 MiB. What is served while it
// is still being filled is not seen.
//
// Thread-safe; one leaf lock. The ratios stand in CacheStats: of the last 100,000 requests or so,
// 0 before there are any. They start cold with the process, as the ghost caches do.
class WhatIf {
 public:
  static constexpr size_t kMostObjects = 16384;  // in one ghost cache

  WhatIf(uint64_t capacity, CacheStats& stats, size_t most_objects = kMostObjects);
  WhatIf(const WhatIf&) = delete;
  WhatIf& operator=(const WhatIf&) = delete;

  // Objects were asked for: hits, or fetched and stored. Only noted; never blocks.
  void Note(std::span<const EvictionPolicy::Object> objects);
  // Gives what was noted to the ghost caches. Takes milliseconds: pool only. What is noted
  // meanwhile, or while another thread is at it, waits for the next time.
  void CatchUp();

  double SampledShare() const;  // of all objects

 private:
  static constexpr size_t kMostNoted = 8192;  // more between two calls of CatchUp are not seen

  struct Ghost {
    double scale = 1;
    std::unique_ptr<EvictionPolicy> policy;
    double misses = 0;  // as estimated of all objects
    double missed_bytes = 0;
  };
  struct Noted {
    std::vector<EvictionPolicy::Object> sampled;
    double requests = 0;  // the others too
    double bytes = 0;
  };

  void Replay(const Noted& noted);
  void Replay(EvictionPolicy::Object object, Ghost& ghost);
  void HalveSample();
  void Fade();
  void Publish();

  const uint64_t capacity_;
  const size_t most_objects_;
  CacheStats& stats_;
  std::atomic<uint64_t> largest_key_{kMaxObjectKey};  // that is in the sample; keys are digests

  // Of the thread that set busy_.
  std::array<Ghost, CacheStats::kWhatIfScales.size()> ghosts_;
  Noted totals_;  // of what was replayed; `sampled` is unused

  Mutex mutex_;
  Noted noted_ GUARDED_BY(mutex_);
  bool busy_ GUARDED_BY(mutex_) = false;
};

}  // namespace longshore
