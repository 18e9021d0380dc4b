#include "cache/upkeep/purger.h"

#include <utility>

#include "cache/base/log.h"

namespace longshore {
namespace {

// One synced batch of the index pays for this many blobs.
constexpr size_t kAtOnce = 64;

}  // namespace

Result<PurgeReport> Purger::Purge(const std::vector<ImageName>& images, bool force) {
  PurgeReport report;
  auto plan = MakePlan(images, force, report);
  if (!plan) return tl::unexpected(plan.error());
  if (auto kept = KeepShared(*plan, force, report); !kept) return tl::unexpected(kept.error());
  if (auto removed = RemoveTags(*plan); !removed) return tl::unexpected(removed.error());
  report.tags = plan->tag_keys.size();
  std::vector<Digest> manifests;
  for (const auto& entry : plan->manifests) manifests.push_back(entry.first);
  if (auto removed = RemoveManifests(manifests, report); !removed) {
    return tl::unexpected(removed.error());
  }
  std::vector<Digest> contents(plan->contents.begin(), plan->contents.end());
  if (auto removed = RemoveBlobs(std::move(contents), report); !removed) {
    return tl::unexpected(removed.error());
  }
  return report;
}

Result<PurgeReport> Purger::PurgeContent(const Digest& digest, bool force) {
  if (!force && pins_.Covers(digest)) {
    return Fail(Code::kDenied, digest.ToString() + " belongs to a pinned image");
  }
  PurgeReport report;
  if (auto removed = RemoveManifests({digest}, report); !removed) {
    return tl::unexpected(removed.error());
  }
  if (auto removed = RemoveBlobs({digest}, report); !removed) {
    return tl::unexpected(removed.error());
  }
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

// The records first: what is forgotten in memory takes its own deletion, newer than any store
// before it, to the index later.
Status Purger::RemoveTags(const Plan& plan) {
  IndexBatch batch;
  for (const std::string& key : plan.tag_keys) batch.Delete(Family::kTag, key);
  if (auto committed = parts_.catalog.Commit(batch, Index::Sync::kYes); !committed) {
    return committed;
  }
  for (const std::string& key : plan.tag_keys) tags_.Forget(key);
  return {};
}

Status Purger::RemoveManifests(const std::vector<Digest>& digests, PurgeReport& report) {
  std::vector<Remover::Doomed> doomed;
  for (const Digest& digest : digests) {
    auto known = parts_.catalog.Has(ObjectKind::kManifest, digest);
    if (!known) return tl::unexpected(known.error());
    if (*known) doomed.push_back({ObjectKind::kManifest, digest, 0, {}});
  }
  if (!doomed.empty()) {
    if (auto removed = parts_.remover.Remove(doomed); !removed) return removed;
  }
  for (const Remover::Doomed& manifest : doomed) {
    parts_.residents.Remove(MakeObjectKey(ObjectKind::kManifest, manifest.digest));
    manifests_.Evicted(manifest.digest);
  }
  report.manifests += doomed.size();
  return {};
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
  std::vector<Remover::Doomed> doomed;
  for (const Digest& digest : claimed) {
    for (const ObjectKind kind : {ObjectKind::kBlob, ObjectKind::kExtent}) {
      Remover::Doomed object{kind, digest, 0, {}};
      auto found = parts_.remover.Locate(object);
      if (!found) return tl::unexpected(found.error());
      if (*found) doomed.push_back(std::move(object));
    }
  }
  if (doomed.empty()) return {};
  if (auto removed = parts_.remover.Remove(doomed); !removed) return removed;
  for (const Remover::Doomed& object : doomed) {
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
