#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cache/base/executor.h"
#include "cache/base/result.h"
#include "cache/store/partial_blob.h"

namespace longshore {

// Writes one blob into the cache. Made by Cache::OpenFill, used on one executor (the fetch's loop)
// from then on; the work runs in the pool, ordered by the blob's key. Every callback is posted to
// that executor, exactly once.
//
// Order of operations (each line has a crash test; see cache/README.md):
//   space reserved → extent recorded → bytes written → published to readers (hashed beside that, as
//   far as they are contiguous) → extents recorded (written ones every 2 MiB; durable ones after
//   each fdatasync, every 64 MiB and when the fill is left) → Seal: rest hashed, digest compared →
//   readers get the held-back end → fdatasync → extent record synced → rename → folder synced →
//   blob record synced, extent record dropped.
class BlobFill {
 public:
  using Done = UniqueFunction<void(Status)>;

  BlobFill() = default;
  BlobFill(const BlobFill&) = delete;
  BlobFill& operator=(const BlobFill&) = delete;
  // Without Seal or Abandon before, the same as Abandon(kCancelled).
  virtual ~BlobFill() = default;

  // What is present already (from an earlier, unfinished fill) shows in partial()->Present().
  virtual const std::shared_ptr<PartialBlob>& partial() const = 0;

  // Queues bytes for [offset, offset + data.size()). Bytes already present are written again
  // harmlessly. A failure (kNoSpace, kIo) leaves the fill unusable: the caller abandons it.
  virtual void Write(uint64_t offset, std::string data, Done done) = 0;
  virtual uint64_t QueuedBytes() const = 0;  // accepted by Write and not yet done
  virtual uint64_t HashedBytes() const = 0;  // of what is present

  // Proves and seals; call when every byte is present and every Write is done. kCorrupt: the digest
  // did not match; the file is quarantined, nothing is recorded, readers see kFailed.
  virtual void Seal(Done done) = 0;

  // Stops: records what is present for a later fill, lets readers see `why`. Nothing may be called
  // after.
  virtual void Abandon(Error why) = 0;
};

}  // namespace longshore
