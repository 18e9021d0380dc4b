#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "cache/base/digest.h"
#include "cache/base/disk.h"
#include "cache/base/executor.h"
#include "cache/codec/seek_table.h"
#include "cache/store/partial_blob.h"

namespace longshore {

// A sealed blob that is open: proven, immutable, and pinned (not evicted) while anyone holds it.
struct SealedBlob {
  Digest digest;
  uint64_t size = 0;  // of the identity bytes
  FilePtr file;
  // Null: the file holds the identity bytes. Otherwise it holds them as these frames (see
  // stored_frames.h).
  std::shared_ptr<const codec::SeekTable> frames = nullptr;
  // Null: nothing is held back. Otherwise its identity bytes are being proven once more, and this
  // says which of them may be read (first_reads.h).
  std::shared_ptr<PartialBlob> proof = nullptr;
};

// One reader's view of a blob, sealed or still filling: the two look alike. Copyable; thread-safe
// like what it holds. Holding a view pins the bytes.
class BlobView {
 public:
  explicit BlobView(std::shared_ptr<const SealedBlob> sealed)
      : sealed_(std::move(sealed)), partial_(sealed_->proof) {}
  explicit BlobView(std::shared_ptr<PartialBlob> partial) : partial_(std::move(partial)) {}

  uint64_t size() const { return sealed_ ? sealed_->size : partial_->size(); }
  const Digest& digest() const { return sealed_ ? sealed_->digest : partial_->digest(); }
  const FilePtr& file() const { return sealed_ ? sealed_->file : partial_->file(); }
  bool IsSealed() const { return sealed_ != nullptr; }
  // Does it hold nothing back?
  bool IsProven() const {
    return partial_ == nullptr || partial_->ReadableFrom(0).state == PartialBlob::State::kProven;
  }
  // What the file is made of; null: identity bytes, as always while the blob fills.
  const codec::SeekTable* frames() const { return sealed_ ? sealed_->frames.get() : nullptr; }
  // Null while the blob fills.
  const std::shared_ptr<const SealedBlob>& sealed() const { return sealed_; }

  PartialBlob::View ReadableFrom(uint64_t offset) const {
    if (partial_) return partial_->ReadableFrom(offset);
    return {PartialBlob::State::kProven, sealed_->size, {}};
  }
  // See PartialBlob. Only for a view that holds something back.
  PartialBlob::WaitId WaitFor(ByteRange wanted, Executor& executor, Task wake) const {
    return partial_->WaitFor(wanted, executor, std::move(wake));
  }
  void CancelWait(PartialBlob::WaitId id) const { partial_->CancelWait(id); }

 private:
  std::shared_ptr<const SealedBlob> sealed_;
  std::shared_ptr<PartialBlob> partial_;  // may be null if there is a sealed one
};

}  // namespace longshore
