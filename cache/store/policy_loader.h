#pragma once

#include <condition_variable>
#include <string>

#include "cache/base/mutex.h"
#include "cache/base/thread_pool.h"
#include "cache/eviction/resident_set.h"
#include "cache/store/catalog.h"

namespace longshore {

// Fills the resident set from the index after a start, a chunk at a time, so that opening never
// waits for it. Blocks: pool only. Thread-safe; one leaf lock.
class PolicyLoader {
 public:
  static constexpr size_t kChunk = 4096;  // records

  PolicyLoader(Catalog& catalog, ResidentSet& residents)
      : catalog_(catalog), residents_(residents) {}
  PolicyLoader(const PolicyLoader&) = delete;
  PolicyLoader& operator=(const PolicyLoader&) = delete;

  // Loads one chunk, or waits for the thread that is loading one. False: everything is loaded.
  bool LoadMore();
  // Loads the rest, a job a chunk, until it is done or the pool stops.
  void LoadInBackground(ThreadPool& pool);

 private:
  struct Cursor {
    ObjectKind kind = ObjectKind::kBlob;
    std::string next;  // the first key not loaded
    bool done = false;
  };
  Result<Cursor> LoadChunk(Cursor cursor);

  Catalog& catalog_;
  ResidentSet& residents_;
  Mutex mutex_;
  std::condition_variable_any idle_;
  bool busy_ GUARDED_BY(mutex_) = false;
  Cursor cursor_ GUARDED_BY(mutex_);
};

}  // namespace longshore
