#pragma once

#include <atomic>

#include "cache/base/clock.h"
#include "cache/index/index_folder.h"
#include "cache/store/cache_parts.h"

namespace longshore {

// Ends trouble by itself: while the disk is in trouble, every kEvery a small file is written,
// synced and removed and a record committed, and when all of that works, trouble is over. A full
// disk must also have kFreeBytes again. Also leaves the marker of a damaged index for the next
// start. Thread-safe; Consider never blocks.
class DiskProbe {
 public:
  static constexpr Duration kEvery{5'000};
  static constexpr uint64_t kFreeBytes = 16 << 20;

  DiskProbe(CacheParts& parts, IndexFolder& index_folder)
      : parts_(parts), index_folder_(index_folder) {}
  DiskProbe(const DiskProbe&) = delete;
  DiskProbe& operator=(const DiskProbe&) = delete;

  // About once a second.
  void Consider();

 private:
  void Run();
  [[nodiscard]] Status Try();

  CacheParts& parts_;
  IndexFolder& index_folder_;
  std::atomic<bool> running_{false};
  std::atomic<bool> marked_{false};
  std::atomic<TimePoint::rep> next_at_{0};
};

}  // namespace longshore
