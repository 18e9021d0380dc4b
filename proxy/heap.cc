#include "proxy/heap.h"

#include <malloc.h>

#include "metrics/process.h"

namespace longshore {

void KeepFreedBuffers() {
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
  ::mallopt(M_ARENA_MAX, 4);
}

void HeapTrimmer::Arm() {
  timer_ = executor_.RunAfter(kPeriod, [this] {
    pool_.Post("trim the heap", ThreadPool::kNoOrder, [] {
      if (metrics::HeapBytes().free > kWorthIt) ::malloc_trim(0);
    });
    Arm();
  });
}

}  // namespace longshore
