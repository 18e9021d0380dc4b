#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "cache/base/digest.h"
#include "cache/base/mutex.h"
#include "cache/store/blob_files.h"
#include "cache/store/budget.h"

namespace longshore {

// Keeps the last few files that failed their proof, for a person to look at: at most 8, and at most
// 1/64 of the capacity, counted against the budget. The oldest goes first; what is too large is
// removed at once. Blocks: pool and start-up only. Thread-safe; one leaf lock.
class Quarantine {
 public:
  static constexpr size_t kMaxFiles = 8;

  Quarantine(BlobFiles& files, Budget& budget, uint64_t max_bytes)
      : files_(files), budget_(budget), max_bytes_(max_bytes) {}
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  // At start: counts what is there, removes what is too much.
  [[nodiscard]] Status Load();
  // Takes the file away from `path` (relative) and out of the caller's account: it was counted as
  // `charge`, which is released. No record may point at it any more.
  [[nodiscard]] Status Admit(const std::string& path, const Digest& digest, uint64_t charge);

 private:
  struct Entry {
    std::string path;
    uint64_t charge;
  };
  // Takes out of the list what has to go before `charge` more fit.
  std::deque<Entry> TakeSurplus(uint64_t charge, size_t files) REQUIRES(mutex_);
  [[nodiscard]] Status RemoveAll(const std::deque<Entry>& entries);

  BlobFiles& files_;
  Budget& budget_;
  const uint64_t max_bytes_;
  Mutex mutex_;
  std::deque<Entry> entries_ GUARDED_BY(mutex_);  // oldest first
  uint64_t bytes_ GUARDED_BY(mutex_) = 0;
  unsigned next_ GUARDED_BY(mutex_) = 0;  // names end in it: they tell the order across restarts
};

}  // namespace longshore
