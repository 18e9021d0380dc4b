#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cache/base/clock.h"
#include "cache/base/mutex.h"
#include "cache/base/thread_pool.h"
#include "cache/eviction/resident_set.h"
#include "cache/store/catalog.h"
#include "cache/store/inventory.h"

namespace longshore {

// Which images a person pinned, and which digests that covers: their manifests and all these name,
// through indexes, stored or not. Thread-safe; two leaf locks; only Covers may be called on a loop,
// the rest blocks.
//
// The index holds the pins (family meta); what they cover is worked out from tags and manifests at
// the start, when a pin is set or lifted, and when a pinned tag moves. What arrives meanwhile is
// covered before anything can evict it: a manifest is noted after its batch, and a rebuild that
// began before that adds what was noted since. The eviction policy forgets a pinned object when it
// offers it (Reclaimer), and is told of it again when it is covered no more.
class Pins {
 public:
  Pins(Catalog& catalog, ResidentSet& residents, const Clock& clock, ThreadPool& pool)
      : catalog_(catalog), residents_(residents), clock_(clock), pool_(pool) {}
  Pins(const Pins&) = delete;
  Pins& operator=(const Pins&) = delete;

  [[nodiscard]] Status Load();  // at start

  bool Covers(const Digest& digest) const;
  [[nodiscard]] Result<bool> IsPinned(const ImageName& image) const;
  // See Inventory. `capacity` in bytes.
  [[nodiscard]] Status Pin(const ImageName& image, uint64_t capacity);
  [[nodiscard]] Status Unpin(const ImageName& image);
  [[nodiscard]] Result<std::vector<PinnedImage>> List();

  // A manifest was stored; its batch is committed. `tag_key` is empty if it came without a tag.
  void OnStored(const std::string& tag_key, const Digest& digest,
                const std::vector<NamedContent>& named);

 private:
  using Sizes = std::unordered_map<Digest, uint64_t>;  // what is covered, in bytes if known
  [[nodiscard]] static Result<std::string> KeyOf(const ImageName& image);
  [[nodiscard]] Result<std::unordered_set<std::string>> ReadKeys();
  [[nodiscard]] Status Rebuild();
  void RebuildSoon();
  [[nodiscard]] Result<Sizes> CoverOf(const std::unordered_set<std::string>& keys);
  [[nodiscard]] Status AddManifest(const Digest& digest, Sizes& cover);
  [[nodiscard]] Status ReturnToPolicy(const Digest& digest);

  Catalog& catalog_;
  ResidentSet& residents_;
  const Clock& clock_;
  ThreadPool& pool_;
  std::atomic<bool> any_{false};  // spares everybody the lock while nothing is pinned
  Mutex one_rebuild_;             // held for a whole rebuild, so that they never cross
  mutable Mutex mutex_;
  std::unordered_set<std::string> keys_ GUARDED_BY(mutex_);
  std::unordered_set<Digest> covered_ GUARDED_BY(mutex_);
  std::unordered_set<Digest> noted_ GUARDED_BY(mutex_);  // since the rebuild under way began
};

}  // namespace longshore
