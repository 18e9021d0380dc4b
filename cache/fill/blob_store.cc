#include "cache/fill/blob_store.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "cache/base/log.h"
#include "cache/index/charge.h"
#include "cache/store/first_reads.h"

namespace longshore {
namespace {

// Left for the index and for whoever else writes there.
constexpr uint64_t kFreeMargin = 8 << 20;

}  // namespace

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
  SealedBlob blob{digest, (*record)->size, parts_.open.OpenFile(digest)};
  const auto damage = OpenStored(parts_.files, **record, blob);
  if (!damage) return tl::unexpected(damage.error());
  if (*damage != Damage::kNone) return Opened{nullptr, *damage};
  blob.proof = parts_.first_reads.Watch(blob, **record);
  auto opened = std::make_shared<const SealedBlob>(std::move(blob));
  parts_.open.Add(opened);
  // Its readers may have been sent away meanwhile: not so those to come.
  const bool failed =
      opened->proof && opened->proof->ReadableFrom(0).state == PartialBlob::State::kFailed;
  if (failed) parts_.open.Forget(digest);
  return Opened{std::move(opened)};
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
    if (Remove(digest, opened->damage)) parts_.open.Trust(digest);
  }
  parts_.open.Unclaim(digest);
}

Status BlobStore::Remove(const Digest& digest, Damage damage) {
  parts_.residents.Remove(MakeObjectKey(ObjectKind::kBlob, digest));
  if (damage == Damage::kRecord) return RemoveWithoutRecord(digest);
  Remover::Doomed doomed{ObjectKind::kBlob, digest, 0, {}};
  auto found = parts_.remover.Locate(doomed);
  if (!found) return tl::unexpected(found.error());
  const auto size = parts_.files.Size(doomed.path);
  const bool is_missing = !size && size.error().code == Code::kNotFound;
  if (is_missing) return parts_.remover.Remove({&doomed, 1});
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
  if (!parts_.health.IsWell()) {
    return Fail(Code::kNoSpace, "the disk is in trouble: nothing is stored");
  }

  auto hold = parts_.open.Acquire(digest);
  auto extent = FindUnfinished(digest, size);
  if (!extent) return tl::unexpected(extent.error());
  if (!*extent) {
    // Settling may have completed a seal that a crash or a failure cut short.
    auto opened = Open(digest);
    if (!opened) return tl::unexpected(opened.error());
    if (opened->blob) return OpenedFill(std::move(opened->blob));
    if (opened->damage != Damage::kNone) {
      // Somebody still reads it, short as that will end.
      return Fail(Code::kNoSpace, "a damaged blob is in the way");
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
  if (auto reserved = Reserve(charge, size); !reserved) return tl::unexpected(reserved.error());
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

// The budget says what we may take, the file system what there is.
Status BlobStore::Reserve(uint64_t charge, uint64_t to_write) {
  if (auto reserved = parts_.reclaimer.Reserve(charge); !reserved) return reserved;
  const uint64_t wanted = to_write + *parts_.unwritten_bytes + kFreeMargin;
  const auto free = parts_.disk.FreeBytes(parts_.files.Absolute("."));
  if (free && *free >= wanted) return {};
  parts_.budget.Release(charge);
  if (!free) return tl::unexpected(free.error());
  parts_.health.NoRoom(wanted, *free);
  return Fail(Code::kNoSpace, "the file system has no room for " + std::to_string(to_write) +
                                  " bytes, although the budget has");
}

// While it lay idle only what was present counted.
Status BlobStore::ReserveWhole(const Digest& digest, SettledExtent& extent) {
  const uint64_t before = extent.record.charge;
  const uint64_t whole = Charge(extent.record.size);
  const uint64_t more = whole - std::min(whole, before);
  const uint64_t absent = extent.record.size - extent.present.TotalBytes();
  if (auto reserved = Reserve(more, absent); !reserved) return reserved;
  auto recorded = RecordCharge(parts_, digest, extent, whole);
  if (!recorded) parts_.budget.Release(more);
  if (recorded && before > whole) parts_.budget.Release(before - whole);
  return recorded;
}

}  // namespace longshore
