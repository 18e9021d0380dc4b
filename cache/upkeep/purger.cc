#include "cache/upkeep/purger.h"

#include <utility>

#include "cache/base/log.h"

namespace longshore {
namespace {

// One synced batch of the index pays for this many blobs.
constexpr size_t kAtOnce = 64;

template <typename Map>
std::vector<Digest> KeysOf(const Map& map) {
  std::vector<Digest> keys;
  for (const auto& entry : map) keys.push_back(entry.first);
  return keys;
}

}  // namespace

Result<PurgeReport> Purger::Purge(const std::vector<ImageName>& images,
                                  const PurgeOptions& options) {
  PurgeReport report;
  auto plan = MakePlan(images, options.force, report);
  if (!plan) return tl::unexpected(plan.error());
  if (auto kept = KeepShared(*plan, options.force, report); !kept) {
    return tl::unexpected(kept.error());
  }
  const Status done = options.dry_run ? Count(*plan, report) : Remove(*plan, report);
  if (!done) return tl::unexpected(done.error());
  return report;
}

Result<PurgeReport> Purger::PurgeContent(const Digest& digest, const PurgeOptions& options) {
  if (!options.force && pins_.Covers(digest)) {
    return Fail(Code::kDenied, digest.ToString() + " belongs to a pinned image");
  }
  PurgeReport report;
  const Plan plan{{}, {{digest, {}}}, {digest}};  // whichever of both it is
  const Status done = options.dry_run ? Count(plan, report) : Remove(plan, report);
  if (!done) return tl::unexpected(done.error());
  if (report.manifests + report.blobs + report.waiting == 0) {
    return Fail(Code::kNotFound, digest.ToString() + " is not stored here");
  }
  return report;
}

Result<Purger::Plan> Purger::MakePlan(const std::vector<ImageName>& images, bool force,
                                      PurgeReport& report) {
  Plan plan;
  for (const ImageName& image : images) {
    auto pinned = pins_.IsPinned(image);
    if (!pinned) return tl::unexpected(pinned.error());
    if (*pinned && !force) {
      ++report.kept_pinned;
      continue;
    }
    std::optional<Digest> root;
    if (const auto* name = std::get_if<std::string>(&image.reference)) {
      auto key = TagKey(image.repository, *name);
      if (!key) return tl::unexpected(key.error());
      auto tag = parts_.catalog.FindTag(*key);
      if (!tag) return tl::unexpected(tag.error());
      if (!*tag) continue;
      plan.tag_keys.insert(std::move(*key));
      root = (*tag)->digest;
    } else {
      root = std::get<Digest>(image.reference);
    }
    if (auto added = AddManifests(*root, plan); !added) return tl::unexpected(added.error());
  }
  return plan;
}

// What is named and no stored manifest counts as a blob: it may be here in part, or not at all.
Status Purger::AddManifests(const Digest& root, Plan& plan) {
  std::vector<Digest> open{root};
  while (!open.empty()) {
    const Digest digest = open.back();
    open.pop_back();
    if (plan.manifests.contains(digest) || plan.contents.contains(digest)) continue;
    auto record = parts_.catalog.FindManifest(digest);
    if (!record) return tl::unexpected(record.error());
    if (!*record) {
      plan.contents.insert(digest);
      continue;
    }
    std::vector<Digest>& named = plan.manifests[digest];
    for (const NamedContent& content : (*record)->named) {
      named.push_back(content.digest);
      open.push_back(content.digest);
    }
  }
  return {};
}

// What of the plan a tag or manifest outside it leads to.
Result<Purger::Digests> Purger::NamedByOthers(const Plan& plan) {
  Digests named;
  const auto note = [&](const Digest& digest) {
    if (plan.manifests.contains(digest) || plan.contents.contains(digest)) named.insert(digest);
  };
  auto tags =
      parts_.catalog.Scan(Family::kTag, "", "", [&](std::string_view key, std::string_view value) {
        if (plan.tag_keys.contains(std::string(key))) return true;
        if (auto tag = TagRecord::Decode(value)) note(tag->digest);
        return true;
      });
  if (!tags) return tl::unexpected(tags.error());
  auto manifests = parts_.catalog.Scan(Family::kManifest, "", "",
                                       [&](std::string_view key, std::string_view value) {
                                         const auto digest = ParseDigestKey(key);
                                         if (!digest || plan.manifests.contains(*digest))
                                           return true;
                                         const auto record = ManifestRecord::Decode(value);
                                         if (!record) return true;
                                         for (const NamedContent& content : record->named)
                                           note(content.digest);
                                         return true;
                                       });
  if (!manifests) return tl::unexpected(manifests.error());
  return named;
}

Status Purger::KeepShared(Plan& plan, bool force, PurgeReport& report) {
  auto kept = NamedByOthers(plan);
  if (!kept) return tl::unexpected(kept.error());
  if (!force) {
    for (const auto& entry : plan.manifests) {
      if (pins_.Covers(entry.first)) kept->insert(entry.first);
    }
    for (const Digest& digest : plan.contents) {
      if (pins_.Covers(digest)) kept->insert(digest);
    }
  }
  // A manifest that stays keeps what it names.
  std::vector<Digest> open(kept->begin(), kept->end());
  while (!open.empty()) {
    const auto manifest = plan.manifests.find(open.back());
    open.pop_back();
    if (manifest == plan.manifests.end()) continue;
    for (const Digest& digest : manifest->second) {
      if (kept->insert(digest).second) open.push_back(digest);
    }
  }
  for (const Digest& digest : *kept) {
    report.kept_shared += plan.manifests.erase(digest) + plan.contents.erase(digest);
  }
  return {};
}

Status Purger::Count(const Plan& plan, PurgeReport& report) {
  report.tags = plan.tag_keys.size();
  auto manifests = StoredManifests(KeysOf(plan.manifests));
  if (!manifests) return tl::unexpected(manifests.error());
  report.manifests = manifests->size();
  auto blobs = StoredBlobs({plan.contents.begin(), plan.contents.end()});
  if (!blobs) return tl::unexpected(blobs.error());
  report.blobs = blobs->size();
  for (const Remover::Doomed& blob : *blobs) report.bytes += blob.charge;
  return {};
}

Status Purger::Remove(const Plan& plan, PurgeReport& report) {
  if (auto removed = RemoveTags(plan); !removed) return removed;
  report.tags = plan.tag_keys.size();
  if (auto removed = RemoveManifests(KeysOf(plan.manifests), report); !removed) return removed;
  return RemoveBlobs({plan.contents.begin(), plan.contents.end()}, report);
}

// The records first: what is forgotten in memory takes its own deletion, newer than any store
// before it, to the index later.
Status Purger::RemoveTags(const Plan& plan) {
  if (plan.tag_keys.empty()) return {};
  IndexBatch batch;
  for (const std::string& key : plan.tag_keys) batch.Delete(Family::kTag, key);
  if (auto committed = parts_.catalog.Commit(batch, Index::Sync::kYes); !committed) {
    return committed;
  }
  for (const std::string& key : plan.tag_keys) tags_.Forget(key);
  return {};
}

Status Purger::RemoveManifests(const std::vector<Digest>& digests, PurgeReport& report) {
  auto doomed = StoredManifests(digests);
  if (!doomed) return tl::unexpected(doomed.error());
  if (!doomed->empty()) {
    if (auto removed = parts_.remover.Remove(*doomed); !removed) return removed;
  }
  for (const Remover::Doomed& manifest : *doomed) {
    parts_.residents.Remove(MakeObjectKey(ObjectKind::kManifest, manifest.digest));
    manifests_.Evicted(manifest.digest);
  }
  report.manifests += doomed->size();
  return {};
}

Result<std::vector<Remover::Doomed>> Purger::StoredManifests(const std::vector<Digest>& digests) {
  std::vector<Remover::Doomed> stored;
  for (const Digest& digest : digests) {
    auto known = parts_.catalog.Has(ObjectKind::kManifest, digest);
    if (!known) return tl::unexpected(known.error());
    if (*known) stored.push_back({ObjectKind::kManifest, digest, 0, {}});
  }
  return stored;
}

Result<std::vector<Remover::Doomed>> Purger::StoredBlobs(const std::vector<Digest>& digests) {
  std::vector<Remover::Doomed> stored;
  for (const Digest& digest : digests) {
    for (const ObjectKind kind : {ObjectKind::kBlob, ObjectKind::kExtent}) {
      Remover::Doomed object{kind, digest, 0, {}};
      auto found = parts_.remover.Locate(object);
      if (!found) return tl::unexpected(found.error());
      if (*found) stored.push_back(std::move(object));
    }
  }
  return stored;
}

Status Purger::RemoveBlobs(std::vector<Digest> digests, PurgeReport& report) {
  std::vector<Digest> claimed;
  Status status;
  while (status && !digests.empty()) {
    const Digest digest = digests.back();
    digests.pop_back();
    if (parts_.open.TryClaim(digest)) {
      claimed.push_back(digest);
    } else {
      MutexLock lock(mutex_);
      if (waiting_.size() < kMostWaiting) waiting_.push_back(digest);
      ++report.waiting;
    }
    if (claimed.size() < kAtOnce && !digests.empty()) continue;
    status = RemoveClaimed(claimed, report);
    for (const Digest& done : claimed) parts_.open.Unclaim(done);
    claimed.clear();
  }
  return status;
}

Status Purger::RemoveClaimed(const std::vector<Digest>& claimed, PurgeReport& report) {
  auto doomed = StoredBlobs(claimed);
  if (!doomed) return tl::unexpected(doomed.error());
  if (doomed->empty()) return {};
  if (auto removed = parts_.remover.Remove(*doomed); !removed) return removed;
  for (const Remover::Doomed& object : *doomed) {
    parts_.residents.Remove(MakeObjectKey(object.kind, object.digest));
    ++report.blobs;
    report.bytes += object.charge;
  }
  return {};
}

void Purger::TryWaiting() {
  {
    MutexLock lock(mutex_);
    if (waiting_.empty() || std::exchange(retrying_, true)) return;
  }
  parts_.pool.Post("purge", ThreadPool::kNoOrder, [this] { RetryWaiting(); });
}

void Purger::RetryWaiting() {
  std::deque<Digest> waiting;
  {
    MutexLock lock(mutex_);
    waiting.swap(waiting_);
  }
  PurgeReport report;
  const std::vector<Digest> digests(waiting.begin(), waiting.end());
  if (auto removed = RemoveBlobs(digests, report); !removed) {
    log::Warn("purge", removed.error().message);
    MutexLock lock(mutex_);
    waiting_.insert(waiting_.end(), digests.begin(), digests.end());
  }
  MutexLock lock(mutex_);
  retrying_ = false;
}

}  // namespace longshore
