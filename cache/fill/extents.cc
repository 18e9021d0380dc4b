#include "cache/fill/extents.h"

#include <utility>

#include "cache/base/log.h"
#include "cache/fill/compressor.h"
#include "cache/index/charge.h"

namespace longshore {
namespace {

Status DropRecord(CacheParts& parts, const Digest& digest, const ExtentRecord& record) {
  IndexBatch batch;
  batch.Delete(Family::kExtent, DigestKey(digest));
  batch.Add(std::string(kStoredBytesKey), -static_cast<int64_t>(record.charge));
  if (auto committed = parts.catalog.Commit(batch, Index::Sync::kNo); !committed) return committed;
  parts.budget.Release(record.charge);
  return {};
}

Status CompleteSeal(CacheParts& parts, const Digest& digest, const ExtentRecord& record) {
  const int64_t now = parts.clock.WallMillis();
  const std::string key = DigestKey(digest);
  const uint64_t charge = Charge(record.size);
  IndexBatch batch;
  batch.Put(Family::kBlob, key,
            BlobRecord{record.size, record.size, BlobEncoding::kIdentity, now, now}.Encode());
  batch.Delete(Family::kExtent, key);
  batch.Delete(Family::kMeta, Remover::IntentKey(BlobFiles::SealedPath(digest)));
  batch.Add(std::string(kStoredBytesKey),
            static_cast<int64_t>(charge) - static_cast<int64_t>(record.charge));
  if (auto committed = parts.catalog.Commit(batch, Index::Sync::kYes); !committed) return committed;
  parts.budget.Force(charge);
  parts.budget.Release(record.charge);
  parts.compressor.Offer(digest, record.size);
  // A rename that became durable in one folder only leaves the old name, too.
  return parts.files.Remove(BlobFiles::StagingPath(record.staging));
}

}  // namespace

Result<std::optional<SettledExtent>> SettleExtent(CacheParts& parts, const Digest& digest,
                                                  ExtentRecord record) {
  const auto nothing = [](const Status& status) -> Result<std::optional<SettledExtent>> {
    if (!status) return tl::unexpected(status.error());
    return std::optional<SettledExtent>();
  };
  const auto sealed_size = parts.files.Size(BlobFiles::SealedPath(digest));
  if (sealed_size && *sealed_size == record.size) {
    return nothing(CompleteSeal(parts, digest, record));
  }
  auto file = parts.files.OpenStaging(record.staging);
  if (!file) {
    if (file.error().code != Code::kNotFound) return tl::unexpected(file.error());
    return nothing(DropRecord(parts, digest, record));
  }
  auto file_size = parts.files.Size(BlobFiles::StagingPath(record.staging));
  if (!file_size) return tl::unexpected(file_size.error());
  RangeSet present = record.Present(parts.boot_id, *file_size);
  if (present.Empty()) {
    const Remover::Doomed doomed[] = {
        {ObjectKind::kExtent, digest, record.charge, BlobFiles::StagingPath(record.staging)}};
    return nothing(parts.remover.Remove(doomed));
  }
  record.written = present;
  record.boot_id = parts.boot_id;
  return SettledExtent{std::move(record), std::move(*file), std::move(present)};
}

Status RecordCharge(CacheParts& parts, const Digest& digest, SettledExtent& extent,
                    uint64_t charge) {
  IndexBatch batch;
  const uint64_t before = std::exchange(extent.record.charge, charge);
  batch.Put(Family::kExtent, DigestKey(digest), extent.record.Encode());
  batch.Add(std::string(kStoredBytesKey),
            static_cast<int64_t>(charge) - static_cast<int64_t>(before));
  return parts.catalog.Commit(batch, Index::Sync::kNo);
}

}  // namespace longshore
