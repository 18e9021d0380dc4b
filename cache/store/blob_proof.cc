#include "cache/store/blob_proof.h"

#include <algorithm>
#include <utility>

#include "cache/base/scheduling.h"
#include "cache/store/stored_blob.h"
#include "cache/store/stored_frames.h"

namespace longshore {

BlobProof::BlobProof(SealedBlob blob, Disk& disk)
    : blob_(std::move(blob)), disk_(disk), hasher_(blob_.digest.algorithm()) {}

Result<BlobProof::Verdict> BlobProof::Step() {
  GiveWay();
  return blob_.frames ? StepFrames() : StepIdentity();
}

Result<BlobProof::Verdict> BlobProof::StepIdentity() {
  buffer_.resize(std::min<uint64_t>(kStepBytes, blob_.size - at_));
  auto read = disk_.ReadAt(*blob_.file, at_, buffer_);
  if (!read) return tl::unexpected(read.error());
  if (*read != buffer_.size()) return Verdict::kWrong;
  hasher_.Update(buffer_);
  read_ += *read;
  at_ += *read;
  return at_ < blob_.size ? Verdict::kMore : Conclude();
}

Result<BlobProof::Verdict> BlobProof::StepFrames() {
  if (frame_ < blob_.frames->FrameCount()) {
    auto identity = ReadFrame(blob_, frame_, disk_);
    if (!identity) {
      if (identity.error().code == Code::kCorrupt) return Verdict::kWrong;
      return tl::unexpected(identity.error());
    }
    hasher_.Update(*identity);
    at_ += identity->size();
    read_ += blob_.frames->Stored(frame_++).size();
  }
  return frame_ < blob_.frames->FrameCount() ? Verdict::kMore : Conclude();
}

BlobProof::Verdict BlobProof::Conclude() {
  return at_ == blob_.size && hasher_.Finish() == blob_.digest ? Verdict::kRight : Verdict::kWrong;
}

Result<std::optional<OpenProof>> BeginProof(CacheParts& parts, const Digest& digest) {
  const auto hold = parts.open.Acquire(digest);
  auto record = parts.catalog.FindBlob(digest);
  if (!record) return tl::unexpected(record.error());
  if (!*record) return std::optional<OpenProof>();
  SealedBlob blob{digest, (*record)->size, parts.open.OpenFile(digest)};
  const bool is_open = blob.file != nullptr;
  const auto damage = OpenStored(parts.files, **record, blob);
  if (!damage) return tl::unexpected(damage.error());
  FilePtr file = blob.file;
  if (file && !is_open) parts.open.Track(digest, file);
  // A file that others have open may have lost its name, or its end.
  const auto size = parts.files.Size(BlobFiles::SealedPath(digest, (*record)->encoding));
  const bool is_whole = size && *size == (*record)->stored_size;
  if (!is_whole || *damage != Damage::kNone) file = nullptr;
  return std::optional<OpenProof>(
      std::in_place, OpenProof{**record, std::move(file), BlobProof(std::move(blob), parts.disk)});
}

void MarkVerified(CacheParts& parts, const Digest& digest, const BlobRecord& proven) {
  const auto hold = parts.open.Acquire(digest);
  auto record = parts.catalog.FindBlob(digest);
  if (!record || !*record || **record != proven) return;
  (*record)->verified_at = parts.clock.WallMillis();
  IndexBatch batch;
  batch.Put(Family::kBlob, DigestKey(digest), (*record)->Encode());
  (void)parts.catalog.Commit(batch, Index::Sync::kNo);
}

void MarkCorrupt(CacheParts& parts, const Digest& digest) {
  ++parts.stats.corrupt_blobs;
  parts.open.Distrust(digest);
}

}  // namespace longshore
