#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cache/base/mutex.h"
#include "cache/store/cache_parts.h"
#include "cache/store/inventory.h"
#include "cache/store/manifest_store.h"
#include "cache/store/pins.h"
#include "cache/store/tag_table.h"

namespace longshore {

// Removes images on a person's word, in the Remover's order. What is read, filled or held by a job
// waits: it is tried again at each tick until it goes. Links stay: they are facts about the
// upstream. Thread-safe; one leaf lock; all but TryWaiting blocks: pool only.
class Purger {
 public:
  static constexpr size_t kMostWaiting = 100'000;  // digests

  Purger(CacheParts& parts, TagTable& tags, ManifestStore& manifests, Pins& pins)
      : parts_(parts), tags_(tags), manifests_(manifests), pins_(pins) {}
  Purger(const Purger&) = delete;
  Purger& operator=(const Purger&) = delete;

  // See Inventory.
  [[nodiscard]] Result<PurgeReport> Purge(const std::vector<ImageName>& images,
                                          const PurgeOptions& options);
  [[nodiscard]] Result<PurgeReport> PurgeContent(const Digest& digest, const PurgeOptions& options);
  // About once a second: what waits is tried in the pool.
  void TryWaiting();

 private:
  using Digests = std::unordered_set<Digest>;
  struct Plan {
    std::unordered_set<std::string> tag_keys;
    std::unordered_map<Digest, std::vector<Digest>> manifests;  // and what each names
    Digests contents;                                           // blobs, perhaps not stored
  };
  [[nodiscard]] Result<Plan> MakePlan(const std::vector<ImageName>& images, bool force,
                                      PurgeReport& report);
  [[nodiscard]] Status AddManifests(const Digest& root, Plan& plan);
  [[nodiscard]] Result<Digests> NamedByOthers(const Plan& plan);
  [[nodiscard]] Status KeepShared(Plan& plan, bool force, PurgeReport& report);
  // What of the plan is stored.
  [[nodiscard]] Status Count(const Plan& plan, PurgeReport& report);
  [[nodiscard]] Status Remove(const Plan& plan, PurgeReport& report);
  [[nodiscard]] Status RemoveTags(const Plan& plan);
  [[nodiscard]] Status RemoveManifests(const std::vector<Digest>& digests, PurgeReport& report);
  [[nodiscard]] Status RemoveBlobs(std::vector<Digest> digests, PurgeReport& report);
  [[nodiscard]] Status RemoveClaimed(const std::vector<Digest>& claimed, PurgeReport& report);
  [[nodiscard]] Result<std::vector<Remover::Doomed>> StoredManifests(
      const std::vector<Digest>& digests);
  [[nodiscard]] Result<std::vector<Remover::Doomed>> StoredBlobs(
      const std::vector<Digest>& digests);
  void RetryWaiting();

  CacheParts& parts_;
  TagTable& tags_;
  ManifestStore& manifests_;
  Pins& pins_;
  Mutex mutex_;
  std::deque<Digest> waiting_ GUARDED_BY(mutex_);
  bool retrying_ GUARDED_BY(mutex_) = false;
};

}  // namespace longshore
