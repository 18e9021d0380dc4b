#include "cache/store/tag_table.h"

#include <utility>

namespace longshore {
namespace {

constexpr uint64_t kEntryOverhead = 240;  // list node, map node, state

}  // namespace

std::optional<TagState> TagTable::Peek(const std::string& key) {
  const auto entry = recent_.Get(key);
  return entry ? entry->state : std::nullopt;
}

void TagTable::Touch(const std::string& key, const std::string& link_key, const Digest& digest) {
  const TagState state{digest, clock_.WallMillis()};
  const uint64_t version = NextVersion();
  Remember(key, {state, version});
  if (catalog_.IsStuck()) return;  // as with links: the upstream is asked again
  pool_.Post("touch tag", Lane(key), [this, key, link_key, state, version] {
    IndexBatch batch;
    if (!AddTo(batch, key, state, version)) return;
    // The tag itself proves the link; the size of a manifest is with the manifest.
    const auto link = links_.Find(link_key);
    if (link && !*link) links_.AddTo(batch, link_key, {state.proven_at, 0});
    Commit(batch);
    Publish(key, state, version);
  });
}

void TagTable::Forget(const std::string& key) {
  const uint64_t version = NextVersion();
  Remember(key, {std::nullopt, version});
  if (catalog_.IsStuck()) return;
  pool_.Post("forget tag", Lane(key), [this, key, version] {
    if (!IsNewest(key, version)) return;
    IndexBatch batch;
    batch.Delete(Family::kTag, key);
    Commit(batch);
  });
}

Result<std::optional<TagState>> TagTable::Find(const std::string& key) {
  if (const auto entry = recent_.Get(key)) return entry->state;
  auto record = catalog_.FindTag(key);
  if (!record) return tl::unexpected(record.error());
  if (!*record) return std::optional<TagState>();
  const TagState state{(*record)->digest, (*record)->proven_at};
  // Version 0: whatever was asked for since is newer.
  recent_.PutIf(key, {state, 0}, key.size() + kEntryOverhead,
                [](const Entry* current) { return current == nullptr; });
  return std::optional<TagState>(state);
}

bool TagTable::AddTo(IndexBatch& batch, const std::string& key, const TagState& state,
                     uint64_t version) {
  if (!IsNewest(key, version)) return false;
  batch.Put(Family::kTag, key, TagRecord{state.digest, state.proven_at}.Encode());
  return true;
}

void TagTable::Publish(const std::string& key, const TagState& state, uint64_t version) {
  Remember(key, {state, version});
}

Result<std::vector<std::string>> TagTable::List(const std::string& prefix) {
  std::vector<std::string> names;
  auto scanned =
      catalog_.Scan(Family::kTag, prefix, prefix, [&](std::string_view key, std::string_view) {
        names.emplace_back(key.substr(prefix.size()));
        return true;
      });
  if (!scanned) return tl::unexpected(scanned.error());
  return names;
}

bool TagTable::Remember(const std::string& key, const Entry& entry) {
  const uint64_t version = entry.version;
  return recent_.PutIf(key, entry, key.size() + kEntryOverhead, [version](const Entry* current) {
    return current == nullptr || current->version <= version;
  });
}

bool TagTable::IsNewest(const std::string& key, uint64_t version) {
  const auto entry = recent_.Get(key);
  return !entry || entry->version <= version;
}

void TagTable::Commit(const IndexBatch& batch) {
  (void)catalog_.Commit(batch, Index::Sync::kNo);
}

}  // namespace longshore
