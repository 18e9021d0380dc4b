#include "cache/fill/compression.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "cache/base/log.h"
#include "cache/codec/probe.h"
#include "cache/index/charge.h"
#include "cache/store/stored_frames.h"

namespace longshore {
namespace {

Status ReadIdentity(const File& file, ByteRange range, Disk& disk, std::string& buffer) {
  buffer.resize(range.size());
  auto read = disk.ReadAt(file, range.begin, buffer);
  if (!read) return tl::unexpected(read.error());
  if (*read != buffer.size()) return Fail(Code::kCorrupt, "a sealed file is cut off");
  return {};
}

}  // namespace

Compression::Compression(CacheParts& parts, const Digest& digest)
    : parts_(parts), digest_(digest), source_(digest.algorithm()), proof_(digest.algorithm()) {}

Compression::~Compression() {
  Discard();
}

Compression::Outcome Compression::Step() {
  auto outcome = Next();
  if (!outcome) {
    const std::string name = digest_.ToString();
    log::Warn(
        "cache", "a blob could not be compressed",
        {{"digest", std::string_view(name)}, {"error", std::string_view(outcome.error().message)}});
  }
  const Outcome answer = outcome.value_or(Outcome::kGivenUp);
  if (answer != Outcome::kMore) Discard();
  return answer;
}

Result<Compression::Outcome> Compression::Next() {
  switch (phase_) {
    case Phase::kPrepare:
      return Prepare();
    case Phase::kWrite:
      return at_ < before_.size ? WriteFrame() : WriteTable();
    case Phase::kProve:
      return ProveFrame();
    case Phase::kSwap:
      return Swap();
  }
  return Outcome::kGivenUp;
}

Result<Compression::Outcome> Compression::Prepare() {
  if (!parts_.open.TryClaim(digest_)) return Outcome::kBusy;
  auto opened = OpenIdentity();
  parts_.open.Unclaim(digest_);
  if (!opened) return tl::unexpected(opened.error());
  if (!*opened) return Outcome::kGivenUp;
  auto worth = IsWorthIt();
  if (!worth) return tl::unexpected(worth.error());
  const uint64_t most = Charge(before_.size) / 5 * 4;
  if (!*worth || !parts_.budget.TryReserve(most)) return Outcome::kGivenUp;
  reserved_ = most;
  auto staging = parts_.files.CreateStaging(digest_);
  if (!staging) return tl::unexpected(staging.error());
  staging_ = std::move(staging->name);
  written_ = SealedBlob{digest_, before_.size, std::move(staging->file), nullptr};
  writer_ = std::make_unique<codec::FrameWriter>();
  phase_ = Phase::kWrite;
  return Outcome::kMore;
}

// Pins the blob from here on, as any reader would.
Result<bool> Compression::OpenIdentity() {
  auto record = parts_.catalog.FindBlob(digest_);
  if (!record) return tl::unexpected(record.error());
  if (!*record || (*record)->encoding != BlobEncoding::kIdentity) return false;
  auto file = parts_.files.OpenSealed(digest_, BlobEncoding::kIdentity);
  if (!file) return tl::unexpected(file.error());
  before_ = **record;
  identity_ = std::move(*file);
  parts_.open.Track(digest_, identity_);
  return true;
}

Result<bool> Compression::IsWorthIt() {
  std::vector<std::string> samples;
  for (const ByteRange& range : codec::Samples(before_.size)) {
    auto read = ReadIdentity(*identity_, range, parts_.disk, samples.emplace_back());
    if (!read) return tl::unexpected(read.error());
  }
  return codec::WorthCompressing(samples);
}

Result<Compression::Outcome> Compression::WriteFrame() {
  const ByteRange range{at_, std::min<uint64_t>(at_ + parts_.frame_bytes, before_.size)};
  if (auto read = ReadIdentity(*identity_, range, parts_.disk, buffer_); !read) {
    return tl::unexpected(read.error());
  }
  source_.Update(buffer_);
  auto frame = writer_->Add(buffer_);
  if (!frame) return tl::unexpected(frame.error());
  auto fits = Append(*frame);
  if (!fits) return tl::unexpected(fits.error());
  at_ = range.end;
  return *fits ? Outcome::kMore : Outcome::kGivenUp;
}

Result<Compression::Outcome> Compression::WriteTable() {
  auto fits = Append(writer_->Finish());
  if (!fits) return tl::unexpected(fits.error());
  if (!*fits) return Outcome::kGivenUp;
  writer_.reset();
  // From here on as a reader does it: this is what the proof is about.
  auto frames = ReadSeekTable(*written_.file, after_.stored_size, parts_.disk);
  if (!frames) return tl::unexpected(frames.error());
  written_.frames = std::move(*frames);
  phase_ = Phase::kProve;
  return Outcome::kMore;
}

// False: it saves less than the samples promised.
Result<bool> Compression::Append(const std::string& bytes) {
  const uint64_t end = after_.stored_size + bytes.size();
  if (Charge(end) > reserved_) return false;
  if (auto written = parts_.disk.WriteAt(*written_.file, after_.stored_size, bytes); !written) {
    return tl::unexpected(written.error());
  }
  after_.stored_size = end;
  return true;
}

Result<Compression::Outcome> Compression::ProveFrame() {
  auto identity = ReadFrame(written_, proven_, parts_.disk);
  if (!identity) return tl::unexpected(identity.error());
  proof_.Update(*identity);
  if (++proven_ < written_.frames->FrameCount()) return Outcome::kMore;
  if (auto proven = CheckProof(); !proven) return tl::unexpected(proven.error());
  if (auto synced = parts_.disk.SyncData(*written_.file); !synced) {
    return tl::unexpected(synced.error());
  }
  phase_ = Phase::kSwap;
  return Outcome::kMore;
}

Status Compression::CheckProof() {
  if (written_.frames->IdentityBytes() == before_.size && proof_.Finish() == digest_) return {};
  if (source_.Finish() == digest_) {
    return Fail(Code::kCorrupt, "the frames do not decode to its bytes");
  }
  parts_.open.Distrust(digest_);
  return Fail(Code::kCorrupt, "its file no longer holds its bytes");
}

Result<Compression::Outcome> Compression::Swap() {
  identity_.reset();
  if (!parts_.open.TryClaim(digest_)) return Outcome::kBusy;
  auto swapped = SwapClaimed();
  parts_.open.Unclaim(digest_);
  return swapped;
}

Result<Compression::Outcome> Compression::SwapClaimed() {
  auto record = parts_.catalog.FindBlob(digest_);
  if (!record) return tl::unexpected(record.error());
  // It was evicted in the moment before the claim.
  if (!*record) return Outcome::kGivenUp;
  // That the scrub has proven it meanwhile does not make it another.
  before_.verified_at = (*record)->verified_at;
  if (**record != before_) return Outcome::kGivenUp;
  const std::string path = BlobFiles::SealedPath(digest_, BlobEncoding::kZstdFrames);
  IndexBatch intent;
  intent.Put(Family::kMeta, Remover::IntentKey(path), "");
  intended_ = true;
  if (auto committed = parts_.catalog.Commit(intent, Index::Sync::kYes); !committed) {
    return tl::unexpected(committed.error());
  }
  auto moved = parts_.files.MoveToSealed(staging_, digest_, BlobEncoding::kZstdFrames);
  if (!moved) return tl::unexpected(moved.error());
  if (auto committed = CommitSwap(); !committed) {
    // It may be in the log all the same. Either file may be the blob after a restart, and the
    // intents say which one is not: until then both stay, and count.
    Keep();
    return tl::unexpected(committed.error());
  }
  Retire();
  return Outcome::kDone;
}

Status Compression::CommitSwap() {
  after_.size = before_.size;
  after_.encoding = BlobEncoding::kZstdFrames;
  after_.sealed_at = before_.sealed_at;
  after_.verified_at = parts_.clock.WallMillis();
  const auto charged = [](const BlobRecord& record) {
    return static_cast<int64_t>(Charge(record.stored_size));
  };
  IndexBatch batch;
  batch.Put(Family::kBlob, DigestKey(digest_), after_.Encode());
  batch.Add(std::string(kStoredBytesKey), charged(after_) - charged(before_));
  batch.Put(Family::kMeta, Remover::IntentKey(BlobFiles::SealedPath(digest_)), "");
  batch.Delete(Family::kMeta,
               Remover::IntentKey(BlobFiles::SealedPath(digest_, BlobEncoding::kZstdFrames)));
  return parts_.catalog.Commit(batch, Index::Sync::kYes);
}

// The new file is the blob now.
void Compression::Retire() {
  const uint64_t charge = Charge(after_.stored_size);
  parts_.budget.Release(reserved_ - charge);
  Keep();
  const Remover::Doomed old{ObjectKind::kBlob, digest_, Charge(before_.stored_size),
                            BlobFiles::SealedPath(digest_)};
  parts_.remover.CarryOut({&old, 1});
  parts_.residents.Insert({MakeObjectKey(ObjectKind::kBlob, digest_), charge});
  ++parts_.stats.compressed_blobs;
  parts_.stats.compression_saved_bytes += before_.stored_size - after_.stored_size;
}

// The new file and what it counts are no longer for Discard.
void Compression::Keep() {
  reserved_ = 0;
  staging_.clear();
  intended_ = false;
}

// A file that cannot be unlinked keeps its space until the next start.
void Compression::Discard() {
  identity_.reset();
  written_ = {};
  const uint64_t reserved = std::exchange(reserved_, 0);
  const std::string staging = std::exchange(staging_, {});
  if (!staging.empty()) {
    if (!parts_.files.Remove(BlobFiles::StagingPath(staging))) return;
  }
  if (!std::exchange(intended_, false)) {
    parts_.budget.Release(reserved);
    return;
  }
  const Remover::Doomed unfinished{ObjectKind::kBlob, digest_, reserved,
                                   BlobFiles::SealedPath(digest_, BlobEncoding::kZstdFrames)};
  parts_.remover.CarryOut({&unfinished, 1});
}

}  // namespace longshore
