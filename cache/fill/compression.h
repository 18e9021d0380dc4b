#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cache/base/digest.h"
#include "cache/codec/frame_writer.h"
#include "cache/store/blob_view.h"
#include "cache/store/cache_parts.h"

namespace longshore {

// One sealed blob rewritten as zstd frames, in the order that a crash cannot spoil. To begin with,
// nobody holds or reads it, its record says identity bytes, and its samples are worth it.
//   1. space reserved: four fifths of what it charges now; who needs more is given up
//   2. staging file created, written frame by frame, its seek table last
//   3. read back and decoded: the digest of that is compared to the blob's
//   4. fdatasync
//   5. the blob claimed (nobody holds or reads it, nobody can until 9), its record still the same
//   6. batch, synced: the intent to remove the new path
//   7. rename to blobs/…/<hex>.zst, folder synced
//   8. batch, synced: the record says frames, bytes recounted, the intent to remove the old path,
//      the intent of 6 gone
//   9. old file unlinked, its space released, folder synced, intent dropped
// Until 8 the blob is the old file, and recovery removes what there is of the new one. From 8 on it
// is the new one, and recovery removes the old one.
//
// Blocks: pool only. One thread at a time. Reads the old file through a descriptor of its own, so
// readers are never in its way; while it works the blob is no victim of an eviction.
class Compression {
 public:
  enum class Outcome {
    kMore,     // call Step again
    kDone,     // the blob is frames now
    kBusy,     // somebody holds or reads it: try again later
    kGivenUp,  // it stays as it is: not worth it, no room, or a failure, which was logged
  };

  Compression(CacheParts& parts, const Digest& digest);
  ~Compression();  // removes what is unfinished
  Compression(const Compression&) = delete;
  Compression& operator=(const Compression&) = delete;

  // One frame's worth of work; after any answer but kMore it is over.
  Outcome Step();
  // Frames were made: another try makes them again.
  bool Begun() const { return at_ > 0; }

 private:
  enum class Phase { kPrepare, kWrite, kProve, kSwap };

  [[nodiscard]] Result<Outcome> Next();
  [[nodiscard]] Result<Outcome> Prepare();
  [[nodiscard]] Result<bool> OpenIdentity();
  [[nodiscard]] Result<bool> IsWorthIt();
  [[nodiscard]] Result<Outcome> WriteFrame();
  [[nodiscard]] Result<Outcome> WriteTable();
  [[nodiscard]] Result<bool> Append(const std::string& bytes);
  [[nodiscard]] Result<Outcome> ProveFrame();
  [[nodiscard]] Status CheckProof();
  [[nodiscard]] Result<Outcome> Swap();
  [[nodiscard]] Result<Outcome> SwapClaimed();
  [[nodiscard]] Status CommitSwap();
  void Retire();
  void Keep();
  void Discard();

  CacheParts& parts_;
  const Digest digest_;
  Phase phase_ = Phase::kPrepare;
  BlobRecord before_;
  BlobRecord after_;
  FilePtr identity_;
  uint64_t reserved_ = 0;
  std::string staging_;    // its name; empty before there is one
  SealedBlob written_;     // the new file, as a reader will see it
  bool intended_ = false;  // step 6 is done: the new file may have its final name
  std::unique_ptr<codec::FrameWriter> writer_;
  uint64_t at_ = 0;    // identity bytes written
  Hasher source_;      // of the old file's bytes
  Hasher proof_;       // of the new one's, decoded
  size_t proven_ = 0;  // frames
  std::string buffer_;
};

}  // namespace longshore
