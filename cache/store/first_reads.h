#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "cache/base/digest.h"
#include "cache/base/mutex.h"
#include "cache/store/blob_view.h"
#include "cache/store/cache_parts.h"

namespace longshore {

// Proves blobs again that were not proven since the process started, while they are read: a sealed
// blob is then what a fill is that has all its bytes and no proof yet, so readers see it through a
// PartialBlob, which holds the last 64 KiB back. A blob that proves wrong ends all its responses
// short, is distrusted, and is fetched anew for the next client. Thread-safe; one leaf lock; never
// blocks: the proof runs in the pool, a turn at a time.
class FirstReads {
 public:
  FirstReads(CacheParts& parts, bool enabled);
  FirstReads(const FirstReads&) = delete;
  FirstReads& operator=(const FirstReads&) = delete;

  // Of a blob that was just opened: what holds its end back until it is proven; null if it need not
  // be. One proof a digest at a time.
  std::shared_ptr<PartialBlob> Watch(const SealedBlob& blob, const BlobRecord& record);
  // Said once a second while an operation of the disk does not return: who waits for a proof that
  // makes no progress sees it fail (kIo), and who comes later begins another.
  void DiskIsStuck();

 private:
  struct Proof;
  void Post(std::shared_ptr<Proof> proof);
  void Turn(std::shared_ptr<Proof> proof);
  void End(const Proof& proof, const Status& outcome);

  CacheParts& parts_;
  const bool enabled_;
  const int64_t started_at_;  // wall milliseconds
  Mutex mutex_;
  std::unordered_map<Digest, std::weak_ptr<Proof>> running_ GUARDED_BY(mutex_);
};

}  // namespace longshore
