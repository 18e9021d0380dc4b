#include "tests/support/memory_index.h"

#include <algorithm>

namespace longshore {
namespace {

tl::unexpected<Error> Injected() {
  return Fail(Code::kIo, "injected index failure");
}

}  // namespace

void MemoryIndex::CutPower() {
  const auto kept = plan_.Choose(unsynced_.size() + 1);
  for (size_t i = 0; i < kept; ++i) Apply(unsynced_[i], synced_);
  unsynced_.clear();
  now_ = synced_;
}

Result<std::optional<std::string>> MemoryIndex::Get(Family family, std::string_view key) {
  if (plan_.Fails()) return Injected();
  const auto& records = now_.families[static_cast<size_t>(family)];
  const auto found = records.find(key);
  if (found == records.end()) return std::optional<std::string>();
  return std::optional<std::string>(found->second);
}

Result<int64_t> MemoryIndex::Counter(std::string_view key) {
  if (plan_.Fails()) return Injected();
  const auto found = now_.counters.find(key);
  return found == now_.counters.end() ? 0 : found->second;
}

Status MemoryIndex::Commit(const IndexBatch& batch, Sync sync) {
  const bool was_dead = plan_.dead();
  const bool fails = plan_.Fails();
  const bool dies_after = fails && plan_.dead() && !was_dead && plan_.Choose(2) == 0;
  if (fails && !dies_after) return Injected();
  Apply(batch, now_);
  unsynced_.push_back(batch);
  if (dies_after) return Injected();
  if (sync == Sync::kYes) {
    synced_ = now_;
    unsynced_.clear();
  }
  return {};
}

Status MemoryIndex::Scan(Family family, std::string_view prefix, std::string_view from,
                         const Visitor& visit) {
  if (plan_.Fails()) return Injected();
  const auto& records = now_.families[static_cast<size_t>(family)];
  for (auto it = records.lower_bound(std::max(prefix, from)); it != records.end(); ++it) {
    if (!it->first.starts_with(prefix) || !visit(it->first, it->second)) break;
  }
  return {};
}

Status MemoryIndex::Compact(Family) {
  if (plan_.Fails()) return Injected();
  return {};
}

void MemoryIndex::Apply(const IndexBatch& batch, Contents& contents) {
  for (const IndexBatch::Change& change : batch.changes()) {
    auto& records = contents.families[static_cast<size_t>(change.family)];
    switch (change.kind) {
      case IndexBatch::Kind::kPut:
        records.insert_or_assign(change.key, change.value);
        break;
      case IndexBatch::Kind::kDelete:
        records.erase(change.key);
        break;
      case IndexBatch::Kind::kAdd:
        contents.counters[change.key] += change.delta;
        break;
    }
  }
}

}  // namespace longshore
