#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cache/base/digest.h"
#include "cache/base/disk.h"
#include "cache/base/mutex.h"
#include "cache/store/partial_blob.h"

namespace longshore {

// Hashes a blob in order while it is written in any order, on a lane of its own beside the writes.
// Bytes that arrive at the frontier are hashed from memory; what came early (or before a restart)
// is read back from the file, which is in the page cache. Offer and the rest may run on two threads
// at once; one leaf lock, for the queue.
class HashFollower {
 public:
  static constexpr size_t kMaxQueued =
      4 << 20;  // bytes kept for hashing; beyond it they are read back
  static constexpr size_t kReadBack = 256 << 10;  // bytes a read

  HashFollower(std::shared_ptr<PartialBlob> blob, Disk& disk)
      : blob_(std::move(blob)), disk_(disk), hasher_(blob_->digest().algorithm()) {}
  HashFollower(const HashFollower&) = delete;
  HashFollower& operator=(const HashFollower&) = delete;

  // Bytes that were just published; empty if they are to be read back. True: the caller must see to
  // it that Drain runs.
  [[nodiscard]] bool Offer(uint64_t offset, std::string data);

  // Hashing lane; blocks. Hashes up to about `limit` bytes of what can be. True: there is more.
  [[nodiscard]] Result<bool> Drain(uint64_t limit);
  // Hashing lane; blocks. Every byte is present. Call once.
  [[nodiscard]] Result<Digest> Finish();
  uint64_t hashed() const { return hashed_; }  // bytes; any thread

 private:
  std::optional<std::string> TakeQueued();
  uint64_t FirstQueued();
  [[nodiscard]] Result<uint64_t> HashNext();
  [[nodiscard]] Result<uint64_t> HashFromFile(uint64_t end);

  const std::shared_ptr<PartialBlob> blob_;
  Disk& disk_;
  // The hashing lane's own.
  Hasher hasher_;
  std::atomic<uint64_t> hashed_ = 0;  // bytes [0, hashed_) are in the hasher
  std::string buffer_;

  Mutex mutex_;
  std::map<uint64_t, std::string> queue_ GUARDED_BY(mutex_);  // by offset; disjoint
  size_t queued_ GUARDED_BY(mutex_) = 0;
  bool scheduled_ GUARDED_BY(mutex_) = false;  // a Drain runs or is about to
  bool offered_ GUARDED_BY(mutex_) = false;    // since that Drain last looked
};

}  // namespace longshore
