#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cache/index/manifest.h"
#include "cache/store/cache_parts.h"
#include "cache/store/link_ledger.h"
#include "cache/store/memory_cache.h"
#include "cache/store/tag_table.h"

namespace longshore {

// Manifests, verbatim. They live in the index; their bytes count as the index's. Thread-safe. Only
// Peek may be called on a loop; the rest blocks: pool only.
class ManifestStore {
 public:
  // A manifest to store, with every key made on the way in.
  struct Arrival {
    ManifestPtr manifest;
    std::vector<NamedContent> named;
    std::string link_key;                 // of the manifest itself
    std::vector<std::string> named_keys;  // link keys, as `named`
    std::optional<std::string> tag_key;
    uint64_t version = 0;  // of the tag
    int64_t proven_at = 0;
  };

  ManifestStore(CacheParts& parts, LinkLedger& links, TagTable& tags, uint64_t memory)
      : parts_(parts), links_(links), tags_(tags), recent_(memory) {}
  ManifestStore(const ManifestStore&) = delete;
  ManifestStore& operator=(const ManifestStore&) = delete;

  ManifestPtr Peek(const Digest& digest) { return recent_.Get(digest).value_or(nullptr); }
  void Evicted(const Digest& digest) { recent_.Erase(digest); }

  // Null: not stored.
  [[nodiscard]] Result<ManifestPtr> Find(const Digest& digest);
  // Record, links and tag in one batch, then memory. In the lane of the tag, if there is one.
  [[nodiscard]] Status Store(const Arrival& arrival);

 private:
  void Remember(const ManifestPtr& manifest);

  CacheParts& parts_;
  LinkLedger& links_;
  TagTable& tags_;
  MemoryCache<Digest, ManifestPtr> recent_;
};

}  // namespace longshore
