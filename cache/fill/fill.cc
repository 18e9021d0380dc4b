#include "cache/fill/fill.h"

#include <algorithm>
#include <utility>

#include "cache/base/log.h"
#include "cache/fill/compressor.h"
#include "cache/index/charge.h"

namespace longshore {
namespace {

// A drain gives its thread back after this many bytes.
constexpr uint64_t kHashTurn = 16 << 20;

// Lanes of one digest; pool keys are any numbers but 0.
uint64_t LaneOf(const Digest& digest, uint64_t which) {
  return (digest.Hash() << 2 | which) + 4;
}

}  // namespace

Fill::Fill(CacheParts& parts, const Digest& digest, ExtentRecord record, const RangeSet& present,
           FilePtr file, OpenBlobs::Hold hold)
    : parts_(parts),
      digest_(digest),
      partial_(std::make_shared<PartialBlob>(digest, record.size, std::move(file))),
      hash_(partial_, parts.disk),
      record_(std::move(record)),
      hold_(std::move(hold)),
      all_unwritten_(parts.unwritten_bytes),
      unwritten_(record_.size - present.TotalBytes()) {
  *all_unwritten_ += unwritten_;
  for (const ByteRange& range : present.Ranges()) partial_->Publish(range);
}

Fill::~Fill() {
  *all_unwritten_ -= unwritten_;
}

uint64_t Fill::WriteLane(const Digest& digest) {
  return LaneOf(digest, 0);
}
uint64_t Fill::HashLane() const {
  return LaneOf(digest_, 1);
}

void Fill::Start() {
  if (partial_->PresentUntil(0) > 0 && hash_.Offer(0, {})) HashSoon();
}

Status Fill::Write(uint64_t offset, std::string data) {
  if (broken_ || over_) return Fail(Code::kIo, "this fill is broken");
  const uint64_t size = partial_->size();
  if (offset > size || data.size() > size - offset) {
    return Fail(Code::kInvalid, "bytes beyond the end of a blob");
  }
  // What is present may have been hashed or read already: it is never written over.
  const ByteRange range{offset, offset + data.size()};
  const auto gaps = partial_->Absent(range);
  for (const ByteRange& gap : gaps) {
    const auto piece = std::string_view(data).substr(gap.begin - offset, gap.size());
    if (auto written = WriteGap(gap.begin, piece); !written) return written;
  }
  if (gaps.empty()) return {};
  if (gaps.front() != range) data.clear();
  if (hash_.Offer(offset, std::move(data))) HashSoon();
  if (since_sync_ >= parts_.sync_every && !syncing_) SyncSoon();
  // If this cannot be recorded, the older record is true as well.
  if (since_record_ >= parts_.record_every) (void)RecordWritten(Index::Sync::kNo);
  return {};
}

Status Fill::WriteGap(uint64_t offset, std::string_view data) {
  if (auto written = parts_.disk.WriteAt(*partial_->file(), offset, data); !written) return written;
  partial_->Publish({offset, offset + data.size()});
  *all_unwritten_ -= data.size();
  unwritten_ -= data.size();
  since_record_ += data.size();
  since_sync_ += data.size();
  return {};
}

void Fill::HashSoon() {
  parts_.pool.Post("hash", HashLane(), [self = shared_from_this()] {
    // Nobody will ask for the digest of a fill that was left.
    if (self->partial_->ReadableFrom(0).state == PartialBlob::State::kFailed) return;
    const auto more = self->hash_.Drain(kHashTurn);
    // A failed read shows again when the fill is sealed.
    if (more && *more) self->HashSoon();
  });
}

Status Fill::RecordWritten(Index::Sync sync) {
  since_record_ = 0;
  record_.written = partial_->Present();
  record_.boot_id = parts_.boot_id;
  IndexBatch batch;
  batch.Put(Family::kExtent, DigestKey(digest_), record_.Encode());
  return parts_.catalog.Commit(batch, sync);
}

void Fill::SyncSoon() {
  since_sync_ = 0;
  syncing_ = true;
  parts_.pool.Post(
      "sync", LaneOf(digest_, 2), [self = shared_from_this(), present = partial_->Present()] {
        Status synced = self->parts_.disk.SyncData(*self->partial_->file());
        // Once would do, but asking again costs nothing beside the sync before.
        const std::string staging = self->parts_.files.Absolute("staging");
        if (synced) synced = self->parts_.disk.SyncFolder(staging);
        self->parts_.pool.Post("record synced", self->WriteLane(),
                               [self, present, synced] { self->Synced(present, synced); });
      });
}

void Fill::Synced(const RangeSet& durable, const Status& status) {
  syncing_ = false;
  if (!status) {
    // After a failed fdatasync the kernel forgets what it could not write: nothing in the file is
    // certain.
    broken_ = true;
    return;
  }
  if (!over_) {
    record_.durable = durable;
    (void)RecordWritten(Index::Sync::kNo);
  } else if (left_) {
    RecordDurableLater(durable);
  }
}

// The fill was left meanwhile: its record may be gone, or be another fill's of the same file by
// now.
void Fill::RecordDurableLater(const RangeSet& durable) {
  const auto hold = parts_.open.Acquire(digest_);
  auto found = parts_.catalog.FindExtent(digest_);
  if (!found || !*found || (*found)->staging != record_.staging) return;
  for (const ByteRange& range : durable.Ranges()) (*found)->durable.Add(range);
  IndexBatch batch;
  batch.Put(Family::kExtent, DigestKey(digest_), (*found)->Encode());
  (void)parts_.catalog.Commit(batch, Index::Sync::kNo);
}

Result<Digest> Fill::HashAll() {
  return hash_.Finish();
}

Status Fill::Seal(const Result<Digest>& computed) {
  if (broken_ || over_) return Fail(Code::kIo, "this fill is broken");
  if (!computed) {
    broken_ = computed.error().code != Code::kInternal;
    return tl::unexpected(computed.error());
  }
  if (*computed != digest_) return Reject(*computed);
  partial_->Prove();
  if (auto made = MakePermanent(); !made) {
    broken_ = true;
    return made;
  }
  over_ = true;
  parts_.residents.Insert({MakeObjectKey(ObjectKind::kBlob, digest_), record_.charge});
  parts_.open.Add(
      std::make_shared<SealedBlob>(SealedBlob{digest_, record_.size, partial_->file()}));
  hold_.LetGo();
  parts_.compressor.Offer(digest_, record_.size);
  return {};
}

Status Fill::MakePermanent() {
  if (auto synced = parts_.disk.SyncData(*partial_->file()); !synced) return synced;
  // Until the blob record is there, this one is what leads recovery to the renamed file.
  record_.durable = partial_->Present();
  if (auto recorded = RecordWritten(Index::Sync::kYes); !recorded) return recorded;
  if (auto moved = parts_.files.MoveToSealed(record_.staging, digest_); !moved) return moved;
  const int64_t now = parts_.clock.WallMillis();
  const std::string key = DigestKey(digest_);
  IndexBatch batch;
  batch.Put(Family::kBlob, key,
            BlobRecord{record_.size, record_.size, BlobEncoding::kIdentity, now, now}.Encode());
  batch.Delete(Family::kExtent, key);
  batch.Delete(Family::kMeta, Remover::IntentKey(BlobFiles::SealedPath(digest_)));
  return parts_.catalog.Commit(batch, Index::Sync::kYes);
}

// The record goes first: a crash before the file has moved leaves a staging file that nothing
// names, which recovery removes.
Status Fill::Reject(const Digest& computed) {
  ++parts_.stats.digest_mismatches;
  over_ = true;
  const std::string expected = digest_.ToString();
  const std::string actual = computed.ToString();
  log::Error("cache", "a blob failed its proof",
             {{"digest", std::string_view(expected)}, {"computed", std::string_view(actual)}});
  Error error{Code::kCorrupt, "the bytes from upstream are not " + expected};
  IndexBatch batch;
  batch.Delete(Family::kExtent, DigestKey(digest_));
  batch.Add(std::string(kStoredBytesKey), -static_cast<int64_t>(record_.charge));
  if (parts_.catalog.Commit(batch, Index::Sync::kNo)) {
    (void)parts_.quarantine.Admit(BlobFiles::StagingPath(record_.staging), digest_, record_.charge);
  }
  partial_->Fail(error);
  hold_.LetGo();
  return tl::unexpected(std::move(error));
}

void Fill::Leave(Error why) {
  if (!over_) {
    over_ = true;
    const bool worth_keeping = !broken_ && !partial_->Present().Empty();
    if (worth_keeping) {
      left_ = true;
      KeepForLater();
      SyncSoon();
    } else if (!Discard()) {
      // Whatever its file holds: what is proven counts, and an eviction can take it.
      parts_.residents.Insert({MakeObjectKey(ObjectKind::kExtent, digest_), record_.charge});
    }
    hold_.LetGo();
  }
  partial_->Fail(std::move(why));
}

// After a failed seal the file may stand under its sealed name already: both names go.
Status Fill::Discard() {
  using Doomed = Remover::Doomed;
  const Doomed objects[] = {
      {ObjectKind::kExtent, digest_, record_.charge, BlobFiles::StagingPath(record_.staging)},
      {ObjectKind::kBlob, digest_, 0, BlobFiles::SealedPath(digest_)}};
  return parts_.remover.Remove(objects);
}

// From now on only what is present counts, so the rest of the reservation is given back.
void Fill::KeepForLater() {
  const uint64_t reserved = record_.charge;
  record_.written = partial_->Present();
  record_.boot_id = parts_.boot_id;
  record_.charge = std::min(reserved, Charge(record_.written));
  IndexBatch batch;
  batch.Put(Family::kExtent, DigestKey(digest_), record_.Encode());
  batch.Add(std::string(kStoredBytesKey),
            static_cast<int64_t>(record_.charge) - static_cast<int64_t>(reserved));
  if (auto recorded = parts_.catalog.Commit(batch, Index::Sync::kNo); !recorded) {
    record_.charge = reserved;
  }
  parts_.budget.Release(reserved - record_.charge);
  parts_.residents.Insert({MakeObjectKey(ObjectKind::kExtent, digest_), record_.charge});
}

}  // namespace longshore
