#pragma once

#include <atomic>
#include <cstdint>
#include <unordered_map>

#include "cache/base/clock.h"
#include "cache/base/mutex.h"
#include "cache/base/thread_pool.h"
#include "cache/eviction/resident_set.h"
#include "cache/store/catalog.h"
#include "cache/store/use_notes.h"

namespace longshore {

// Uses of stored objects. Touch only notes them; the pool tells the policy and the ghost caches of
// a batch at a time, and keeps them in the index (every 4096 uses or 30 s, and at close), never one
// by one. Thread-safe; one leaf lock beside those of the notes. What a crash loses is recency,
// nothing else.
class AccessLog {
 public:
  static constexpr size_t kFlushUses = 4096;
  static constexpr Duration kEvery{30'000};

  AccessLog(Catalog& catalog, ResidentSet& residents, WhatIf& what_if, const Clock& clock,
            ThreadPool& pool)
      : catalog_(catalog),
        residents_(residents),
        what_if_(what_if),
        clock_(clock),
        pool_(pool),
        next_flush_((clock.Now() + kEvery).time_since_epoch().count()) {}
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  void Touch(ObjectKind kind, const Digest& digest);  // never blocks
  // Tells the policy of what was noted so far: before it is asked for victims. Pool only.
  void Apply();
  void Flush();  // the same, and writes it to the index. Blocks
  using Uses = std::unordered_map<UseNotes::Object, AccessRecord, UseNotes::Object::Hash>;
  Uses Unwritten();  // applied, and not in the index yet. Pool only; never waits for the disk

 private:
  void Record(bool is_late);
  void Write(size_t least);  // to the index, if so many uses wait for that

  Catalog& catalog_;
  ResidentSet& residents_;
  WhatIf& what_if_;
  const Clock& clock_;
  ThreadPool& pool_;
  UseNotes notes_;
  std::atomic<TimePoint::rep> next_flush_;
  Mutex mutex_;
  Uses pending_ GUARDED_BY(mutex_);
  size_t unwritten_ GUARDED_BY(mutex_) = 0;  // uses in pending_
};

}  // namespace longshore
