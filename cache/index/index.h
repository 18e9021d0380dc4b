#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/base/result.h"

namespace longshore {

enum class Family : uint8_t { kBlob, kExtent, kManifest, kTag, kLink, kAccess, kMeta };
inline constexpr std::array<std::string_view, 7> kFamilyNames = {
    "blob", "extent", "manifest", "tag", "link", "access", "meta"};

// Changes that become visible, and survive a crash, all together or not at all. A plain value.
class IndexBatch {
 public:
  enum class Kind : uint8_t { kPut, kDelete, kAdd };
  struct Change {
    Kind kind;
    Family family;
    std::string key;
    std::string value;
    int64_t delta;
  };

  void Put(Family family, std::string key, std::string value) {
    bytes_ += key.size() + value.size() + kChangeOverhead;
    changes_.push_back({Kind::kPut, family, std::move(key), std::move(value), 0});
  }
  void Delete(Family family, std::string key) {
    bytes_ += key.size() + kChangeOverhead;
    changes_.push_back({Kind::kDelete, family, std::move(key), {}, 0});
  }
  // Adds to a counter (see Index::Counter) without reading it, so that batches need no order among
  // themselves.
  void Add(std::string key, int64_t delta) {
    bytes_ += key.size() + sizeof delta + kChangeOverhead;
    changes_.push_back({Kind::kAdd, Family::kMeta, std::move(key), {}, delta});
  }

  const std::vector<Change>& changes() const { return changes_; }
  bool empty() const { return changes_.empty(); }
  uint64_t Bytes() const { return bytes_; }  // about what the log grows by

 private:
  static constexpr uint64_t kChangeOverhead = 24;  // sequence number, type, lengths, checksum
  std::vector<Change> changes_;
  uint64_t bytes_ = 0;
};

// What a store holds in memory, in bytes.
struct IndexMemory {
  uint64_t block_cache = 0;    // of what was read, bounded
  uint64_t write_buffers = 0;  // of what was written, bounded
  uint64_t table_readers = 0;  // of what each open table needs beside the cache
};

// The ordered key-value store below the cache. Every call may block: pool and start-up only.
// Thread-safe. Failures: kIo, kNoSpace, kCorrupt (damage that the store itself found).
class Index {
 public:
  enum class Sync { kNo, kYes };  // kYes: this batch and all before it survive a power cut
  // False stops the scan. The views are gone when it returns. It must not call the index.
  using Visitor = std::function<bool(std::string_view key, std::string_view value)>;

  Index() = default;
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;
  virtual ~Index() = default;

  [[nodiscard]] virtual Result<std::optional<std::string>> Get(Family family,
                                                               std::string_view key) = 0;
  [[nodiscard]] virtual Result<int64_t> Counter(
      std::string_view key) = 0;  // 0 if it was never added to
  [[nodiscard]] virtual Status Commit(const IndexBatch& batch, Sync sync) = 0;
  // Visits, in key order, the keys that start with `prefix` and are not less than `from`.
  [[nodiscard]] virtual Status Scan(Family family, std::string_view prefix, std::string_view from,
                                    const Visitor& visit) = 0;
  // Gives back the space of what was deleted from `family`.
  [[nodiscard]] virtual Status Compact(Family family) = 0;
  virtual IndexMemory Memory() const = 0;
};

}  // namespace longshore
