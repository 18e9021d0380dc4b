#include "cache/policy_loader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "cache/base/log.h"
#include "cache/charge.h"

namespace longshore {

struct PolicyLoader::Loaded {
  std::string key;  // in the access family
  ResidentSet::Object object;
  int64_t last_use = 0;
  uint64_t uses = 0;
};

namespace {

// What the policy is told; nothing for a record that cannot be read (a lookup of it will say so).
template <typename Record>
uint64_t ChargeOf(const Record& record) {
  if constexpr (std::is_same_v<Record, ExtentRecord>) return record.charge;
  if constexpr (std::is_same_v<Record, BlobRecord>) return Charge(record.stored_size);
  if constexpr (std::is_same_v<Record, ManifestRecord>) return Charge(record.bytes.size());
}

template <typename Record>
uint64_t DecodeCharge(std::string_view value) {
  const auto record = Record::Decode(value);
  return record ? ChargeOf(*record) : 0;
}

uint64_t DecodeCharge(ObjectKind kind, std::string_view value) {
  switch (kind) {
    case ObjectKind::kBlob:
      return DecodeCharge<BlobRecord>(value);
    case ObjectKind::kExtent:
      return DecodeCharge<ExtentRecord>(value);
    case ObjectKind::kManifest:
      return DecodeCharge<ManifestRecord>(value);
  }
  return 0;
}

}  // namespace

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
  std::vector<Loaded> chunk;
  Cursor next = cursor;
  next.next.clear();
  auto scanned = catalog_.Scan(
      FamilyOf(cursor.kind), "", cursor.next, [&](std::string_view key, std::string_view value) {
        if (chunk.size() == kChunk) {
          next.next = key;
          return false;
        }
        const auto digest = ParseDigestKey(key);
        const uint64_t charge = DecodeCharge(cursor.kind, value);
        if (digest && charge > 0) {
          chunk.push_back(
              {AccessKey(cursor.kind, *digest), {MakeObjectKey(cursor.kind, *digest), charge}});
        }
        return true;
      });
  if (!scanned) return tl::unexpected(scanned.error());
  if (auto added = AddUses(cursor.kind, chunk); !added) return tl::unexpected(added.error());
  std::stable_sort(chunk.begin(), chunk.end(),
                   [](const Loaded& a, const Loaded& b) { return a.last_use < b.last_use; });
  for (const Loaded& loaded : chunk) residents_.Restore(loaded.object, loaded.uses);
  if (next.next.empty()) {
    next.done = cursor.kind == ObjectKind::kManifest;
    next.kind = static_cast<ObjectKind>(static_cast<uint8_t>(cursor.kind) + (next.done ? 0 : 1));
  }
  return next;
}

// Both families are sorted by digest, so one walk beside the chunk finds every use.
Status PolicyLoader::AddUses(ObjectKind kind, std::vector<Loaded>& chunk) {
  if (chunk.empty()) return {};
  auto at = chunk.begin();
  const std::string prefix(1, static_cast<char>(kind));
  return catalog_.Scan(Family::kAccess, prefix, chunk.front().key,
                       [&](std::string_view key, std::string_view value) {
                         while (at != chunk.end() && at->key < key) ++at;
                         if (at == chunk.end()) return false;
                         const auto record = AccessRecord::Decode(value);
                         if (at->key == key && record) {
                           at->last_use = record->last_use;
                           at->uses = record->uses;
                         }
                         return true;
                       });
}

}  // namespace longshore
