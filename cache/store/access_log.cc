#include "cache/store/access_log.h"

#include <algorithm>
#include <string>
#include <vector>

namespace longshore {

void AccessLog::Touch(ObjectKind kind, const Digest& digest) {
  const TimePoint now = clock_.Now();
  const bool batch = notes_.Add({{digest, kind}, now});
  TimePoint::rep due = next_flush_.load(std::memory_order_relaxed);
  const bool late =
      now.time_since_epoch().count() >= due &&
      next_flush_.compare_exchange_strong(due, (now + kEvery).time_since_epoch().count());
  if ((late || batch) && !catalog_.IsStuck()) {
    pool_.Post("record uses", ThreadPool::kNoOrder, [this, late] { Record(late); });
  }
}

void AccessLog::Apply() {
  const std::vector<UseNotes::Use> uses = notes_.Take();
  if (uses.empty()) return;
  std::vector<ObjectKey> keys;
  keys.reserve(uses.size());
  for (const UseNotes::Use& use : uses) {
    keys.push_back(MakeObjectKey(use.object.kind, use.object.digest));
  }
  residents_.Access(keys);
  const TimePoint now = clock_.Now();
  const int64_t wall = clock_.WallMillis();
  MutexLock lock(mutex_);
  for (const UseNotes::Use& use : uses) {
    AccessRecord& record = pending_[use.object];
    ++record.uses;
    const auto ago = std::chrono::duration_cast<Duration>(now - use.at);
    record.last_use = std::max(record.last_use, wall - ago.count());
  }
  unwritten_ += uses.size();
}

void AccessLog::Flush() {
  Apply();
  Write(0);
}

AccessLog::Uses AccessLog::Unwritten() {
  Apply();
  MutexLock lock(mutex_);
  return pending_;
}

void AccessLog::Record(bool is_late) {
  Apply();
  Write(is_late ? 0 : kFlushUses);
  what_if_.CatchUp();
}

void AccessLog::Write(size_t least) {
  Uses pending;
  {
    MutexLock lock(mutex_);
    if (unwritten_ < least) return;
    pending.swap(pending_);
    unwritten_ = 0;
  }
  IndexBatch batch;
  for (auto& [object, record] : pending) {
    const std::string key = AccessKey(object.kind, object.digest);
    const auto before = catalog_.FindAccess(key);
    if (before && *before) record.uses += (*before)->uses;
    batch.Put(Family::kAccess, key, record.Encode());
  }
  (void)catalog_.Commit(batch, Index::Sync::kNo);
}

}  // namespace longshore
