#include "cache/store/pins.h"

#include <utility>
#include <variant>

#include "cache/base/log.h"
#include "cache/index/charge.h"

namespace longshore {
namespace {

std::string TagPinKey(const std::string& tag_key) {
  return std::string(kTagPinPrefix) + tag_key;
}

Result<PinnedImage> ParsePin(std::string_view key, std::string_view value) {
  auto record = PinRecord::Decode(value);
  if (!record) return tl::unexpected(record.error());
  if (key.starts_with(kTagPinPrefix)) {
    auto name = ParseTagKey(key.substr(kTagPinPrefix.size()));
    if (!name) return tl::unexpected(name.error());
    return PinnedImage{{std::move(name->repository), std::move(name->tag)}, record->pinned_at};
  }
  auto name = ParseLinkKey(key.substr(kDigestPinPrefix.size()));
  if (!name) return tl::unexpected(name.error());
  return PinnedImage{{std::move(name->repository), name->digest}, record->pinned_at};
}

}  // namespace

Result<std::string> Pins::KeyOf(const ImageName& image) {
  if (const auto* tag = std::get_if<std::string>(&image.reference)) {
    auto key = TagKey(image.repository, *tag);
    if (!key) return key;
    return TagPinKey(*key);
  }
  auto key = LinkKey(image.repository, std::get<Digest>(image.reference));
  if (!key) return key;
  return std::string(kDigestPinPrefix) + *key;
}

Status Pins::Load() {
  return Rebuild();
}

bool Pins::Covers(const Digest& digest) const {
  if (!any_.load(std::memory_order_acquire)) return false;
  MutexLock lock(mutex_);
  return covered_.contains(digest);
}

Result<bool> Pins::IsPinned(const ImageName& image) const {
  auto key = KeyOf(image);
  if (!key) return tl::unexpected(key.error());
  MutexLock lock(mutex_);
  return keys_.contains(*key);
}

Status Pins::Pin(const ImageName& image, uint64_t capacity) {
  auto key = KeyOf(image);
  if (!key) return tl::unexpected(key.error());
  auto keys = ReadKeys();
  if (!keys) return tl::unexpected(keys.error());
  if (!keys->insert(*key).second) return {};
  if (keys->size() > Inventory::kMostPins) {
    return Fail(Code::kTooLarge, "there are " + std::to_string(Inventory::kMostPins) +
                                     " pins already: lift one with unpin first");
  }
  auto cover = CoverOf(*keys);
  if (!cover) return tl::unexpected(cover.error());
  uint64_t bytes = 0;
  for (const auto& entry : *cover) bytes += entry.second;
  if (bytes > capacity / 4 * 3) {
    return Fail(Code::kNoSpace, "pins would take " + std::to_string(bytes) + " of " +
                                    std::to_string(capacity) +
                                    " bytes, more than three quarters: lift one with unpin, or "
                                    "raise cache.size");
  }
  IndexBatch batch;
  batch.Put(Family::kMeta, *key, PinRecord{clock_.WallMillis()}.Encode());
  if (auto committed = catalog_.Commit(batch, Index::Sync::kYes); !committed) return committed;
  return Rebuild();
}

Status Pins::Unpin(const ImageName& image) {
  auto key = KeyOf(image);
  if (!key) return tl::unexpected(key.error());
  auto keys = ReadKeys();
  if (!keys) return tl::unexpected(keys.error());
  if (!keys->contains(*key)) return Fail(Code::kNotFound, "this is not pinned");
  IndexBatch batch;
  batch.Delete(Family::kMeta, *key);
  if (auto committed = catalog_.Commit(batch, Index::Sync::kYes); !committed) return committed;
  return Rebuild();
}

Result<std::vector<PinnedImage>> Pins::List() {
  std::vector<PinnedImage> pins;
  for (const std::string_view prefix : {kTagPinPrefix, kDigestPinPrefix}) {
    auto scanned = catalog_.Scan(Family::kMeta, prefix, prefix,
                                 [&](std::string_view key, std::string_view value) {
                                   // One that cannot be read pins nothing, and can be set anew.
                                   if (auto pin = ParsePin(key, value)) pins.push_back(*pin);
                                   return true;
                                 });
    if (!scanned) return tl::unexpected(scanned.error());
  }
  return pins;
}

void Pins::OnStored(const std::string& tag_key, const Digest& digest,
                    const std::vector<NamedContent>& named) {
  if (!any_.load(std::memory_order_acquire)) return;
  bool moved = false;
  {
    MutexLock lock(mutex_);
    moved = !tag_key.empty() && keys_.contains(TagPinKey(tag_key));
    if (!moved && !covered_.contains(digest)) return;
    for (std::unordered_set<Digest>* set : {&covered_, &noted_}) {
      set->insert(digest);
      for (const NamedContent& content : named) set->insert(content.digest);
    }
  }
  // What the tag led to before may be covered no more, and what an index names is to be looked at.
  if (moved) RebuildSoon();
}

void Pins::RebuildSoon() {
  pool_.Post("rebuild pins", ThreadPool::kNoOrder, [this] {
    if (auto rebuilt = Rebuild(); !rebuilt) log::Error("index", rebuilt.error().message);
  });
}

Result<std::unordered_set<std::string>> Pins::ReadKeys() {
  std::unordered_set<std::string> keys;
  for (const std::string_view prefix : {kTagPinPrefix, kDigestPinPrefix}) {
    auto scanned = catalog_.Scan(Family::kMeta, prefix, prefix,
                                 [&](std::string_view key, std::string_view value) {
                                   if (ParsePin(key, value)) keys.emplace(key);
                                   return true;
                                 });
    if (!scanned) return tl::unexpected(scanned.error());
  }
  return keys;
}

Status Pins::Rebuild() {
  MutexLock rebuilding(one_rebuild_);
  {
    MutexLock lock(mutex_);
    noted_.clear();
  }
  auto keys = ReadKeys();
  if (!keys) return tl::unexpected(keys.error());
  {
    // From here on what is stored under a new pin is noted.
    MutexLock lock(mutex_);
    keys_ = *keys;
    if (!keys->empty()) any_.store(true, std::memory_order_release);
  }
  auto cover = CoverOf(*keys);
  if (!cover) return tl::unexpected(cover.error());
  std::unordered_set<Digest> dropped;
  {
    MutexLock lock(mutex_);
    std::unordered_set<Digest> now = keys->empty() ? std::unordered_set<Digest>() : noted_;
    for (const auto& entry : *cover) now.insert(entry.first);
    for (const Digest& digest : covered_) {
      if (!now.contains(digest)) dropped.insert(digest);
    }
    covered_ = std::move(now);
    any_.store(!keys_.empty(), std::memory_order_release);
  }
  for (const Digest& digest : dropped) {
    if (auto returned = ReturnToPolicy(digest); !returned) return returned;
  }
  return {};
}

Result<Pins::Sizes> Pins::CoverOf(const std::unordered_set<std::string>& keys) {
  Sizes cover;
  for (const std::string& key : keys) {
    std::optional<Digest> root;
    if (key.starts_with(kTagPinPrefix)) {
      auto tag = catalog_.FindTag(std::string_view(key).substr(kTagPinPrefix.size()));
      if (!tag) return tl::unexpected(tag.error());
      if (*tag) root = (*tag)->digest;
    } else if (auto link = ParseLinkKey(std::string_view(key).substr(kDigestPinPrefix.size()))) {
      root = link->digest;
    }
    if (!root) continue;
    if (auto added = AddManifest(*root, cover); !added) return tl::unexpected(added.error());
  }
  return cover;
}

// Indexes may hold indexes: each manifest is looked at once.
Status Pins::AddManifest(const Digest& digest, Sizes& cover) {
  std::vector<Digest> open{digest};
  cover.try_emplace(digest, 0);
  while (!open.empty()) {
    const Digest next = open.back();
    open.pop_back();
    auto record = catalog_.FindManifest(next);
    if (!record) return tl::unexpected(record.error());
    if (!*record) continue;
    for (const NamedContent& content : (*record)->named) {
      if (cover.try_emplace(content.digest, content.size).second) open.push_back(content.digest);
    }
  }
  return {};
}

Status Pins::ReturnToPolicy(const Digest& digest) {
  auto blob = catalog_.FindBlob(digest);
  if (blob && *blob) {
    residents_.Insert({MakeObjectKey(ObjectKind::kBlob, digest), Charge((*blob)->stored_size)});
  }
  auto extent = catalog_.FindExtent(digest);
  if (extent && *extent) {
    residents_.Insert({MakeObjectKey(ObjectKind::kExtent, digest), (*extent)->charge});
  }
  auto manifest = catalog_.FindManifest(digest);
  if (!manifest) return tl::unexpected(manifest.error());
  if (*manifest) {
    residents_.Insert(
        {MakeObjectKey(ObjectKind::kManifest, digest), Charge((*manifest)->bytes.size())});
  }
  return {};
}

}  // namespace longshore
