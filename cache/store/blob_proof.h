#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "cache/base/digest.h"
#include "cache/base/disk.h"
#include "cache/base/result.h"
#include "cache/index/records.h"
#include "cache/store/blob_view.h"
#include "cache/store/cache_parts.h"

namespace longshore {

// Reads a stored blob once, in order, and tells whether its identity bytes have its digest. One
// thread at a time; blocks: pool and start-up only.
class BlobProof {
 public:
  enum class Verdict { kMore, kRight, kWrong };
  static constexpr size_t kStepBytes = 1 << 20;

  BlobProof(SealedBlob blob, Disk& disk);

  // About kStepBytes more. After any answer but kMore it is over. A file that is cut off, or whose
  // frames do not decode, is kWrong; errors are the disk's.
  [[nodiscard]] Result<Verdict> Step();
  uint64_t read_bytes() const { return read_; }  // of the file

 private:
  [[nodiscard]] Result<Verdict> StepIdentity();
  [[nodiscard]] Result<Verdict> StepFrames();
  Verdict Conclude();

  const SealedBlob blob_;
  Disk& disk_;
  Hasher hasher_;
  uint64_t at_ = 0;   // identity bytes hashed
  size_t frame_ = 0;  // the next one
  uint64_t read_ = 0;
  std::string buffer_;
};

// A stored blob that is to be proven; pins it.
struct OpenProof {
  BlobRecord record;
  FilePtr file;  // null: what its record says is not there to be read, so it is wrong
  BlobProof work;
};

// Nothing: no such blob is stored. Blocks.
[[nodiscard]] Result<std::optional<OpenProof>> BeginProof(CacheParts& parts, const Digest& digest);

// Notes in the index that the blob was proven now, if its record is still the one that was proven.
// A failure costs another proof.
void MarkVerified(CacheParts& parts, const Digest& digest, const BlobRecord& proven);

// The blob's bytes are not its digest's: it reads as absent from now on, is counted, and whoever
// asks for it next removes it (BlobStore::Find).
void MarkCorrupt(CacheParts& parts, const Digest& digest);

}  // namespace longshore
