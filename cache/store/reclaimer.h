#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>

#include "cache/base/clock.h"
#include "cache/eviction/resident_set.h"
#include "cache/store/access_log.h"
#include "cache/store/blob_files.h"
#include "cache/store/budget.h"
#include "cache/store/catalog.h"
#include "cache/store/open_blobs.h"
#include "cache/store/pins.h"
#include "cache/store/policy_loader.h"
#include "cache/store/remover.h"

namespace longshore {

// Makes room in the budget by evicting what the policy says and nobody reads, fills or pinned.
// Blocks: pool only. Thread-safe; several threads may evict at once, each its own victims.
class Reclaimer {
 public:
  // Called with each manifest that was evicted.
  using ManifestGone = std::function<void(const Digest&)>;

  Reclaimer(Catalog& catalog, BlobFiles& files, Budget& budget, ResidentSet& residents,
            AccessLog& accesses, OpenBlobs& open, Remover& remover, PolicyLoader& loader,
            const Pins& pins, CacheStats& stats, const Clock& clock, ManifestGone manifest_gone);
  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;

  // Takes `bytes` of the budget, evicting until they fit. kNoSpace: everything that can go is gone
  // and they still do not fit, or never could. Also the errors of the index. Nothing is taken then.
  [[nodiscard]] Status Reserve(uint64_t bytes);
  // The same without taking them: for what the index will grow by.
  [[nodiscard]] Status MakeRoom(uint64_t bytes);
  // What the index occupies now.
  void Measure();
  // Measures it, compacts it if much of that is garbage, and evicts if it outgrew its room.
  void Upkeep();

 private:
  struct Round;
  [[nodiscard]] Status Evict(uint64_t bytes, bool take);
  [[nodiscard]] Result<bool> EvictSome(uint64_t missing, Round& round);
  [[nodiscard]] Status Choose(ResidentSet::Object victim, Round& round);
  [[nodiscard]] Status Consider(const Digest& digest, ResidentSet::Object victim, Round& round);
  [[nodiscard]] Status CarryOut(Round& round);
  void Count(const Remover::Doomed& doomed, uint64_t bytes);
  bool AwaitOthers();
  bool ShrinkIndex(uint64_t worth);

  Catalog& catalog_;
  BlobFiles& files_;
  Budget& budget_;
  ResidentSet& residents_;
  AccessLog& accesses_;
  OpenBlobs& open_;
  Remover& remover_;
  PolicyLoader& loader_;
  const Pins& pins_;
  CacheStats& stats_;
  const Clock& clock_;
  const ManifestGone manifest_gone_;
  std::atomic<uint64_t> manifest_garbage_{
      0};  // bytes deleted in the index since it was last compacted
  Mutex mutex_;
  std::condition_variable_any round_ended_;
  int rounds_ GUARDED_BY(mutex_) = 0;  // threads that have victims in hand
};

}  // namespace longshore
