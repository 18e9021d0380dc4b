#include "cache/blob_proof.h"

#include <algorithm>
#include <utility>

#include "cache/stored_frames.h"

namespace longshore {

BlobProof::BlobProof(SealedBlob blob, Disk& disk)
    : blob_(std::move(blob)), disk_(disk), hasher_(blob_.digest.algorithm()) {}

Result<BlobProof::Verdict> BlobProof::Step() {
  return blob_.frames ? StepFrames() : StepIdentity();
}

Result<BlobProof::Verdict> BlobProof::Run() {
  for (;;) {
    auto verdict = Step();
    if (!verdict || *verdict != Verdict::kMore) return verdict;
  }
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
