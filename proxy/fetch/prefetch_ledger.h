#pragma once

#include <atomic>
#include <cstdint>
#include <unordered_map>

#include "cache/base/clock.h"
#include "cache/base/digest.h"
#include "cache/base/mutex.h"

namespace longshore {

// What was prefetched and whether anybody read it, so that an operator can judge what it costs.
// Thread-safe; one leaf lock, not touched by reads while nothing prefetched is waiting to be read.
class PrefetchLedger {
 public:
  static constexpr Duration kPatience = std::chrono::minutes(10);

  void Begin(const Digest& digest, TimePoint now);
  // The fetch ended; it brought so many bytes from upstream.
  void End(const Digest& digest, uint64_t fetched);
  // A client takes this blob.
  void MarkRead(const Digest& digest) {
    if (waiting_.load(std::memory_order_relaxed) > 0) Forget(digest);
  }
  // Counts as waste what nobody read within kPatience.
  void Sweep(TimePoint now);

  uint64_t fetched_bytes() const { return fetched_.load(std::memory_order_relaxed); }
  uint64_t wasted_bytes() const { return wasted_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    TimePoint since;
    uint64_t bytes = 0;
  };
  void Forget(const Digest& digest);

  std::atomic<uint64_t> fetched_{0};
  std::atomic<uint64_t> wasted_{0};
  std::atomic<size_t> waiting_{0};
  Mutex mutex_;
  std::unordered_map<Digest, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace longshore
