#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/budget.h"
#include "cache/index.h"
#include "cache/keys.h"
#include "cache/object_key.h"
#include "cache/records.h"

namespace longshore {

// The index in the cache's own terms: typed records in and out, failures counted, growth told to
// the budget. Blocks: pool and start-up only. Thread-safe.
//
// A damaged manifest, tag, link or access record is removed, counted and reads as absent. A damaged
// blob or extent record is kCorrupt, as files and accounts hang on it: the caller calls Forget.
class Catalog {
 public:
  Catalog(Index& index, Budget& budget, std::atomic<uint64_t>& errors)
      : index_(index), budget_(budget), errors_(errors) {}
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
  [[nodiscard]] Status Scan(Family family, std::string_view prefix, std::string_view from,
                            const Index::Visitor& visit);
  [[nodiscard]] Result<int64_t> StoredBytes();
  [[nodiscard]] Result<bool> NeedsRecount();
  [[nodiscard]] Status Compact(Family family);

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
  template <typename T>
  Result<T> Note(Result<T> result);

  Index& index_;
  Budget& budget_;
  std::atomic<uint64_t>& errors_;
};

std::string AccessKey(ObjectKind kind, const Digest& digest);
Family FamilyOf(ObjectKind kind);

}  // namespace longshore
