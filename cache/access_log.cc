#include "cache/access_log.h"

#include <algorithm>
#include <utility>

namespace longshore {

void AccessLog::Touch(ObjectKind kind, const Digest& digest) {
  residents_.Access(MakeObjectKey(kind, digest));
  const TimePoint now = clock_.Now();
  std::string key = AccessKey(kind, digest);
  {
    MutexLock lock(mutex_);
    AccessRecord& record = pending_[std::move(key)];
    ++record.uses;
    record.last_use = std::max(record.last_use, clock_.WallMillis());
    if (++touches_ < kBatch && now - flushed_ < kEvery) return;
    touches_ = 0;
    flushed_ = now;
  }
  pool_.Post("record uses", ThreadPool::kNoOrder, [this] {
    Flush();
    what_if_.CatchUp();
  });
}

void AccessLog::Flush() {
  Pending pending;
  {
    MutexLock lock(mutex_);
    pending.swap(pending_);
  }
  IndexBatch batch;
  for (auto& [key, record] : pending) {
    const auto before = catalog_.FindAccess(key);
    if (before && *before) record.uses += (*before)->uses;
    batch.Put(Family::kAccess, key, record.Encode());
  }
  (void)catalog_.Commit(batch, Index::Sync::kNo);
}

}  // namespace longshore
