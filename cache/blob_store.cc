#include "cache/blob_store.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "cache/base/log.h"
#include "cache/charge.h"
#include "cache/stored_frames.h"

namespace longshore {

Result<std::shared_ptr<const SealedBlob>> BlobStore::Find(const Digest& digest) {
  auto opened = [&] {
    const auto hold = parts_.open.Acquire(digest);
    return Open(digest);
  }();
  if (!opened) return tl::unexpected(opened.error());
  if (opened->damage != Damage::kNone) RemoveDamaged(digest);
  return std::move(opened->blob);
}

// The caller keeps the digest from being removed.
Result<BlobStore::Opened> BlobStore::Open(const Digest& digest) {
  if (auto recent = parts_.open.Recent(digest)) return Opened{std::move(recent)};
  auto record = parts_.catalog.FindBlob(digest);
  if (!record) {
    if (record.error().code == Code::kCorrupt) return Opened{nullptr, Damage::kRecord};
    return tl::unexpected(record.error());
  }
  if (!*record) {
    parts_.open.Trust(digest);
    return Opened{};
  }
  if (parts_.open.IsDistrusted(digest)) return Opened{nullptr, Damage::kBytes};
  SealedBlob blob{digest, (*record)->size, parts_.open.OpenFile(digest), nullptr};
  auto damage = blob.file ? Damage::kNone : OpenFile(**record, blob);
  if (damage && *damage == Damage::kNone) damage = ReadFrames(**record, blob);
  if (!damage) return tl::unexpected(damage.error());
  if (*damage != Damage::kNone) return Opened{nullptr, *damage};
  auto opened = std::make_shared<const SealedBlob>(std::move(blob));
  parts_.open.Add(opened);
  return Opened{std::move(opened)};
}

Result<BlobStore::Damage> BlobStore::OpenFile(const BlobRecord& record, SealedBlob& blob) {
  auto size = parts_.files.Size(BlobFiles::SealedPath(blob.digest, record.encoding));
  auto file = parts_.files.OpenSealed(blob.digest, record.encoding);
  for (const Error* error : {size ? nullptr : &size.error(), file ? nullptr : &file.error()}) {
    if (error == nullptr) continue;
    if (error->code == Code::kNotFound) return Damage::kMissing;
    return tl::unexpected(*error);
  }
  if (*size != record.stored_size) return Damage::kSize;
  blob.file = std::move(*file);
  return Damage::kNone;
}

Result<BlobStore::Damage> BlobStore::ReadFrames(const BlobRecord& record, SealedBlob& blob) {
  if (record.encoding == BlobEncoding::kIdentity) return Damage::kNone;
  auto frames = ReadSeekTable(*blob.file, record.stored_size, parts_.disk);
  if (!frames) {
    if (frames.error().code == Code::kCorrupt) return Damage::kTable;
    return tl::unexpected(frames.error());
  }
  if ((*frames)->IdentityBytes() != record.size) return Damage::kTable;
  blob.frames = std::move(*frames);
  return Damage::kNone;
}

void BlobStore::RemoveDamaged(const Digest& digest) {
  // Someone else may hold it, or be removing it: whoever looks next tries again.
  if (!parts_.open.TryClaim(digest)) return;
  // Looked at anew, as nobody changes it from here on.
  auto opened = Open(digest);
  if (opened && opened->damage != Damage::kNone) {
    ++parts_.stats.disk_errors;
    const std::string name = digest.ToString();
    log::Error("cache", "a stored blob is damaged and was dropped",
               {{"digest", std::string_view(name)}});
    if (auto removed = Remove(digest, opened->damage)) {
      parts_.open.Trust(digest);
    } else {
      log::Error("index", removed.error().message);
    }
  }
  parts_.open.Unclaim(digest);
}

Status BlobStore::Remove(const Digest& digest, Damage damage) {
  parts_.residents.Remove(MakeObjectKey(ObjectKind::kBlob, digest));
  if (damage == Damage::kRecord) return RemoveWithoutRecord(digest);
  Remover::Doomed doomed{ObjectKind::kBlob, digest, 0, {}};
  auto found = parts_.remover.Locate(doomed);
  if (!found) return tl::unexpected(found.error());
  if (damage == Damage::kMissing) return parts_.remover.Remove({&doomed, 1});
  IndexBatch batch;
  batch.Delete(Family::kBlob, DigestKey(digest));
  batch.Delete(Family::kAccess, AccessKey(ObjectKind::kBlob, digest));
  batch.Put(Family::kMeta, Remover::IntentKey(doomed.path), "");
  batch.Add(std::string(kStoredBytesKey), -static_cast<int64_t>(doomed.charge));
  if (auto committed = parts_.catalog.Commit(batch, Index::Sync::kYes); !committed)
    return committed;
  return parts_.quarantine.Admit(doomed.path, digest, doomed.charge);
}

// What it said is lost, the encoding too: the file may have either name.
Status BlobStore::RemoveWithoutRecord(const Digest& digest) {
  IndexBatch batch;
  std::vector<Remover::Doomed> files;
  for (const BlobEncoding encoding : {BlobEncoding::kIdentity, BlobEncoding::kZstdFrames}) {
    const std::string path = BlobFiles::SealedPath(digest, encoding);
    const auto size = parts_.files.Size(path);
    files.push_back({ObjectKind::kBlob, digest, size ? Charge(*size) : 0, path});
    batch.Put(Family::kMeta, Remover::IntentKey(path), "");
  }
  if (auto committed = parts_.catalog.Commit(batch, Index::Sync::kNo); !committed) return committed;
  if (auto forgotten = parts_.catalog.Forget(Family::kBlob, DigestKey(digest)); !forgotten) {
    return forgotten;
  }
  parts_.remover.CarryOut(files);
  return {};
}

Result<BlobStore::OpenedFill> BlobStore::OpenFill(const Digest& digest, uint64_t size) {
  auto sealed = Find(digest);
  if (!sealed) return tl::unexpected(sealed.error());
  if (*sealed) return OpenedFill(std::move(*sealed));

  auto hold = parts_.open.Acquire(digest);
  auto extent = FindUnfinished(digest, size);
  if (!extent) return tl::unexpected(extent.error());
  if (!*extent) {
    // Settling may have completed a seal that a crash or a failure cut short.
    auto opened = Open(digest);
    if (!opened) return tl::unexpected(opened.error());
    if (opened->blob) return OpenedFill(std::move(opened->blob));
    if (opened->damage != Damage::kNone) {
      return Fail(Code::kUnavailable, "a damaged blob is being removed");
    }
    auto begun = Begin(digest, size);
    if (!begun) return tl::unexpected(begun.error());
    *extent = std::move(*begun);
  } else if (auto reserved = ReserveWhole(digest, **extent); !reserved) {
    return tl::unexpected(reserved.error());
  }
  SettledExtent& ready = **extent;
  parts_.residents.Remove(MakeObjectKey(ObjectKind::kExtent, digest));
  parts_.open.Track(digest, ready.file);
  auto fill = std::make_shared<Fill>(parts_, digest, std::move(ready.record), ready.present,
                                     std::move(ready.file), std::move(hold));
  fill->Start();
  return OpenedFill(std::move(fill));
}

Result<std::optional<SettledExtent>> BlobStore::FindUnfinished(const Digest& digest,
                                                               uint64_t size) {
  auto record = parts_.catalog.FindExtent(digest);
  if (!record) {
    if (record.error().code != Code::kCorrupt) return tl::unexpected(record.error());
    // Its file is removed at the next start, as nothing names it then.
    auto forgotten = parts_.catalog.Forget(Family::kExtent, DigestKey(digest));
    if (!forgotten) return tl::unexpected(forgotten.error());
    return std::optional<SettledExtent>();
  }
  if (!*record) return std::optional<SettledExtent>();
  if ((*record)->size == size) return SettleExtent(parts_, digest, std::move(**record));
  // One of the two sizes is wrong. The digest will tell whether the new one is.
  const Remover::Doomed doomed[] = {
      {ObjectKind::kExtent, digest, (*record)->charge, BlobFiles::StagingPath((*record)->staging)}};
  if (auto removed = parts_.remover.Remove(doomed); !removed)
    return tl::unexpected(removed.error());
  return std::optional<SettledExtent>();
}

Result<SettledExtent> BlobStore::Begin(const Digest& digest, uint64_t size) {
  const uint64_t charge = Charge(size);
  if (auto reserved = parts_.reclaimer.Reserve(charge); !reserved) {
    return tl::unexpected(reserved.error());
  }
  // A file whose removal failed once: nothing points at it, and what was proven is what counts.
  (void)parts_.files.Remove(BlobFiles::SealedPath(digest));
  auto staging = parts_.files.CreateStaging(digest);
  if (!staging) {
    parts_.budget.Release(charge);
    return tl::unexpected(staging.error());
  }
  ExtentRecord record{size, charge, staging->name, {}, {}, parts_.boot_id};
  const std::string path = BlobFiles::StagingPath(staging->name);
  IndexBatch batch;
  batch.Put(Family::kExtent, DigestKey(digest), record.Encode());
  batch.Add(std::string(kStoredBytesKey), static_cast<int64_t>(charge));
  batch.Delete(Family::kMeta, Remover::IntentKey(path));
  if (auto committed = parts_.catalog.Commit(batch, Index::Sync::kNo); !committed) {
    if (parts_.files.Remove(path)) parts_.budget.Release(charge);
    return tl::unexpected(committed.error());
  }
  return SettledExtent{std::move(record), std::move(staging->file), {}};
}

// While it lay idle only what was present counted.
Status BlobStore::ReserveWhole(const Digest& digest, SettledExtent& extent) {
  const uint64_t before = extent.record.charge;
  const uint64_t whole = Charge(extent.record.size);
  const uint64_t more = whole - std::min(whole, before);
  if (auto reserved = parts_.reclaimer.Reserve(more); !reserved) return reserved;
  auto recorded = RecordCharge(parts_, digest, extent, whole);
  if (!recorded) parts_.budget.Release(more);
  if (recorded && before > whole) parts_.budget.Release(before - whole);
  return recorded;
}

}  // namespace longshore
