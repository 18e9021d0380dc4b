#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "cache/base/clock.h"
#include "cache/base/mutex.h"
#include "cache/base/thread_pool.h"
#include "cache/catalog.h"
#include "cache/resident_set.h"

namespace longshore {

// Uses of stored objects: told to the policy at once, kept in the index in batches (every 4096 uses
// or 30 s, and at close), never one by one. Thread-safe; one leaf lock. What a crash loses is
// recency, nothing else.
class AccessLog {
 public:
  static constexpr size_t kBatch = 4096;
  static constexpr Duration kEvery{30'000};

  AccessLog(Catalog& catalog, ResidentSet& residents, WhatIf& what_if, const Clock& clock,
            ThreadPool& pool)
      : catalog_(catalog),
        residents_(residents),
        what_if_(what_if),
        clock_(clock),
        pool_(pool),
        flushed_(clock.Now()) {}
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  void Touch(ObjectKind kind, const Digest& digest);  // never blocks
  void Flush();                                       // blocks

 private:
  using Pending = std::unordered_map<std::string, AccessRecord>;

  Catalog& catalog_;
  ResidentSet& residents_;
  WhatIf& what_if_;
  const Clock& clock_;
  ThreadPool& pool_;
  Mutex mutex_;
  Pending pending_ GUARDED_BY(mutex_);
  uint64_t touches_ GUARDED_BY(mutex_) = 0;  // since the last flush was asked for
  TimePoint flushed_ GUARDED_BY(mutex_);
};

}  // namespace longshore
