#include "cache/store/policy_loader.h"

#include <algorithm>
#include <utility>

#include "cache/base/log.h"
#include "cache/store/object_reader.h"

namespace longshore {

bool PolicyLoader::LoadMore() {
  Cursor cursor;
  {
    mutex_.lock();
    const bool waited = busy_;
    while (busy_) idle_.wait(mutex_);
    const bool done = cursor_.done;
    if (!waited && !done) busy_ = true;
    cursor = cursor_;
    mutex_.unlock();
    if (waited || done) return !done;
  }
  auto next = LoadChunk(cursor);
  {
    MutexLock lock(mutex_);
    busy_ = false;
    if (next) {
      cursor_ = std::move(*next);
    } else {
      // Without the rest the cache still works; what is not loaded is not evicted before the next
      // start.
      cursor_.done = true;
      log::Error("index", next.error().message);
    }
  }
  idle_.notify_all();
  return true;
}

void PolicyLoader::LoadInBackground(ThreadPool& pool) {
  pool.Post("load eviction policy", ThreadPool::kNoOrder, [this, &pool] {
    if (!pool.Stopping() && LoadMore()) LoadInBackground(pool);
  });
}

Result<PolicyLoader::Cursor> PolicyLoader::LoadChunk(Cursor cursor) {
  ObjectReader reader(catalog_, cursor.kind, cursor.next);
  auto chunk = reader.Read(kChunk);
  if (!chunk) return tl::unexpected(chunk.error());
  std::stable_sort(chunk->begin(), chunk->end(), [](const StoredObject& a, const StoredObject& b) {
    return a.last_use < b.last_use;
  });
  for (const StoredObject& object : *chunk) {
    residents_.Restore({MakeObjectKey(object.kind, object.digest), object.charge}, object.uses);
  }
  Cursor next{cursor.kind, reader.next(), false};
  if (next.next.empty()) {
    next.done = cursor.kind == ObjectKind::kManifest;
    next.kind = static_cast<ObjectKind>(static_cast<uint8_t>(cursor.kind) + (next.done ? 0 : 1));
  }
  return next;
}

}  // namespace longshore
