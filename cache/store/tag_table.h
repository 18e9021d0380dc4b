#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cache/base/clock.h"
#include "cache/base/thread_pool.h"
#include "cache/index/tag_state.h"
#include "cache/store/catalog.h"
#include "cache/store/link_ledger.h"
#include "cache/store/memory_cache.h"

namespace longshore {

// Where tags point, and when that was last proven. Keys are TagKey's. Thread-safe.
//
// Every change takes a version when it is asked for; memory and index keep the newest, whatever
// order the jobs run in. Touch and Forget show in Peek at once; the index follows in the tag's lane
// of the pool.
class TagTable {
 public:
  TagTable(Catalog& catalog, LinkLedger& links, const Clock& clock, ThreadPool& pool,
           uint64_t memory)
      : catalog_(catalog), links_(links), clock_(clock), pool_(pool), recent_(memory) {}
  TagTable(const TagTable&) = delete;
  TagTable& operator=(const TagTable&) = delete;

  static uint64_t Lane(const std::string& key) { return std::hash<std::string>()(key) | 1; }

  // Never block.
  uint64_t NextVersion() { return ++version_; }
  std::optional<TagState> Peek(
      const std::string& key);  // nothing: not in memory, or not there at all
  void Touch(const std::string& key, const std::string& link_key, const Digest& digest);
  void Forget(const std::string& key);

  // In the tag's lane; Find and List block.
  [[nodiscard]] Result<std::optional<TagState>> Find(const std::string& key);
  // The two halves of a change in a batch of the caller's. False: a newer change was asked for
  // meanwhile.
  [[nodiscard]] bool AddTo(IndexBatch& batch, const std::string& key, const TagState& state,
                           uint64_t version);
  void Publish(const std::string& key, const TagState& state, uint64_t version);

  // The names of all tags whose keys start with `prefix`, sorted.
  [[nodiscard]] Result<std::vector<std::string>> List(const std::string& prefix);

 private:
  struct Entry {
    std::optional<TagState> state;  // nothing: the upstream said that it is gone
    uint64_t version = 0;
  };
  bool Remember(const std::string& key, const Entry& entry);
  bool IsNewest(const std::string& key, uint64_t version);
  void Commit(const IndexBatch& batch);

  Catalog& catalog_;
  LinkLedger& links_;
  const Clock& clock_;
  ThreadPool& pool_;
  MemoryCache<std::string, Entry> recent_;
  std::atomic<uint64_t> version_{0};
};

}  // namespace longshore
