#pragma once

#include <string>

#include "bench/index/content.h"
#include "cache/base/result.h"

namespace longshore::bench {

struct EvictionSpeed {
  double open_seconds = 0;   // until the cache is open
  double first_seconds = 0;  // then until the first eviction is done, while the policy still loads
  double load_seconds = 0;   // then until the policy knows all residents
  double fills_per_second = 0;  // of new blobs of 96 KiB, each of which finds the store full
  double evicted_by_fills_per_second = 0;
  double evicted_in_rounds_per_second = 0;  // 64 at a time, nothing stored
  uint64_t peak_bytes = 0;                  // of this process's memory
  bool over_budget = false;                 // ever, after a fill
};

// Opens the store with a budget that it fills, and keeps it full, on one thread. What is evicted
// has no file (store.h), so unlinking it finds none; all else is as in a server, synced batches
// included. Leaves the store changed. Blocks.
[[nodiscard]] Result<EvictionSpeed> MeasureEvictions(const std::string& folder,
                                                     const IndexContent& content, double seconds);

}  // namespace longshore::bench
