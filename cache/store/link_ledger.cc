#include "cache/store/link_ledger.h"

namespace longshore {
namespace {

constexpr uint64_t kEntryOverhead = 160;  // list node, map node, record

// What was known and is not told anew stays known.
void Merge(LinkRecord& record, const LinkRecord& before) {
  if (record.size == 0) record.size = before.size;
  record.compressible = record.compressible || before.compressible;
}

}  // namespace

void LinkLedger::Confirm(const std::string& key, uint64_t size) {
  LinkRecord record;
  record.seen_at = clock_.WallMillis();
  record.size = size;
  if (const auto known = recent_.Get(key)) Merge(record, *known);
  Remember(key, record);
  // Jobs that wait for hours would pile up. It is confirmed anew once memory forgets it.
  if (catalog_.IsStuck()) return;
  // In a lane of its own key, so that the last size known is the one kept.
  pool_.Post("record link", std::hash<std::string>()(key) | 1,
             [this, key, record] { Record(key, record); });
}

void LinkLedger::AddTo(IndexBatch& batch, const std::string& key, const LinkRecord& record) const {
  batch.Put(Family::kLink, key, record.Encode());
}

void LinkLedger::Remember(const std::string& key, const LinkRecord& record) {
  recent_.Put(key, record, key.size() + kEntryOverhead);
}

Result<std::optional<LinkRecord>> LinkLedger::Find(const std::string& key) {
  if (auto known = recent_.Get(key)) return known;
  auto record = catalog_.FindLink(key);
  if (record && *record) {
    recent_.PutIf(key, **record, key.size() + kEntryOverhead,
                  [](const LinkRecord* newer) { return newer == nullptr; });
  }
  return record;
}

void LinkLedger::Record(const std::string& key, LinkRecord record) {
  if (const auto before = catalog_.FindLink(key); before && *before) {
    const LinkRecord told = record;
    Merge(record, **before);
    if (record != told) Remember(key, record);
  }
  IndexBatch batch;
  AddTo(batch, key, record);
  (void)catalog_.Commit(batch, Index::Sync::kNo);
}

}  // namespace longshore
