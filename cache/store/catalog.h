#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/health/disk_health.h"
#include "cache/index/index.h"
#include "cache/index/keys.h"
#include "cache/index/object_key.h"
#include "cache/index/records.h"
#include "cache/store/budget.h"

namespace longshore {

// The index in the cache's own terms: typed records in and out, failures told to `health`, growth
// to the budget. Blocks: pool and start-up only. Thread-safe. While the disk is in trouble a batch
// fails at once, without asking the index; who gets such a failure need not log it.
//
// A damaged manifest, tag, link or access record is removed, counted and reads as absent. A damaged
// blob or extent record is kCorrupt, as files and accounts hang on it: the caller calls Forget.
class Catalog {
 public:
  Catalog(Index& index, Budget& budget, DiskHealth& health)
      : index_(index), budget_(budget), health_(health) {}
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  [[nodiscard]] Result<std::optional<BlobRecord>> FindBlob(const Digest& digest);
  [[nodiscard]] Result<std::optional<ExtentRecord>> FindExtent(const Digest& digest);
  [[nodiscard]] Result<std::optional<ManifestRecord>> FindManifest(const Digest& digest);
  [[nodiscard]] Result<std::optional<TagRecord>> FindTag(std::string_view key);
  [[nodiscard]] Result<std::optional<LinkRecord>> FindLink(std::string_view key);
  [[nodiscard]] Result<std::optional<AccessRecord>> FindAccess(std::string_view key);

  [[nodiscard]] Result<bool> Has(ObjectKind kind, const Digest& digest);

  [[nodiscard]] Status Commit(const IndexBatch& batch, Index::Sync sync);
  // Would it wait for long? Never blocks, as the others do.
  bool IsStuck() const { return health_.IsStuck(); }
  [[nodiscard]] Status Scan(Family family, std::string_view prefix, std::string_view from,
                            const Index::Visitor& visit);
  [[nodiscard]] Result<int64_t> StoredBytes();
  [[nodiscard]] Result<bool> HasFlag(std::string_view key);  // of the family meta
  [[nodiscard]] Result<std::optional<ScrubRecord>> FindScrub();
  // Commits a record of no meaning, in trouble, too: what was broken by a failed write is mended.
  [[nodiscard]] Status Probe();
  [[nodiscard]] Status Compact(Family family);
  IndexMemory Memory() const { return index_.Memory(); }

  // Drops a record that cannot be read. What it counted is unknown now, so the next start counts
  // anew.
  [[nodiscard]] Status Forget(Family family, std::string_view key);
  // Every stored digest that `key` can stand for.
  [[nodiscard]] Result<std::vector<Digest>> Resolve(ObjectKey key);

 private:
  template <typename Record>
  Result<std::optional<Record>> Read(Family family, std::string_view key);
  template <typename Record>
  Result<std::optional<Record>> ReadOrDrop(Family family, std::string_view key);
  [[nodiscard]] Result<std::optional<std::string>> Get(Family family, std::string_view key);
  [[nodiscard]] Status CommitNow(const IndexBatch& batch, Index::Sync sync);
  template <typename T>
  Result<T> NoteRead(Result<T> result);

  Index& index_;
  Budget& budget_;
  DiskHealth& health_;
};

std::string AccessKey(ObjectKind kind, const Digest& digest);
Family FamilyOf(ObjectKind kind);

}  // namespace longshore
