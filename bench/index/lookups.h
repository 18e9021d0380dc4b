#pragma once

#include <string>

#include "bench/index/content.h"
#include "cache/base/result.h"

namespace longshore::bench {

struct Microseconds {
  double p50 = 0;
  double p99 = 0;
};

struct LookupTimes {
  Microseconds present;  // a blob's link and its record
  Microseconds absent;   // neither is there, and no unfinished fill
};

// What a blob that nothing in memory knows costs in the index: the reads of Cache::LookupBlob, of
// random blobs, on one thread, for so many seconds each after as long a warm-up. Blocks.
[[nodiscard]] Result<LookupTimes> MeasureLookups(const std::string& folder,
                                                 const IndexContent& content, double seconds);

}  // namespace longshore::bench
