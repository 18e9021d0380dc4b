#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cache/base/clock.h"
#include "cache/base/thread_pool.h"
#include "cache/index/repository.h"
#include "cache/store/catalog.h"
#include "cache/store/memory_cache.h"

namespace longshore {

// Which repository was seen to hold which content: who may be given what. Only true facts are kept,
// on disk and in memory, and none is ever taken back. Keys are LinkKey's. Thread-safe.
class LinkLedger {
 public:
  LinkLedger(Catalog& catalog, const Clock& clock, ThreadPool& pool, uint64_t memory)
      : catalog_(catalog), clock_(clock), pool_(pool), recent_(memory) {}
  LinkLedger(const LinkLedger&) = delete;
  LinkLedger& operator=(const LinkLedger&) = delete;

  // Never block. Confirm shows in Peek at once and reaches the index soon after; a size of 0 means
  // not known and leaves what is known.
  std::optional<LinkRecord> Peek(const std::string& key) { return recent_.Get(key); }
  void Confirm(const std::string& key, uint64_t size);
  // The two halves of recording a link in a batch of the caller's; Remember once it is committed.
  void AddTo(IndexBatch& batch, const std::string& key, const LinkRecord& record) const;
  void Remember(const std::string& key, const LinkRecord& record);

  // Blocks: pool only.
  [[nodiscard]] Result<std::optional<LinkRecord>> Find(const std::string& key);

 private:
  void Record(const std::string& key, LinkRecord record);

  Catalog& catalog_;
  const Clock& clock_;
  ThreadPool& pool_;
  MemoryCache<std::string, LinkRecord> recent_;
};

}  // namespace longshore
