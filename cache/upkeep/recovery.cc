#include "cache/upkeep/recovery.h"

#include <algorithm>
#include <utility>

#include "cache/base/log.h"
#include "cache/index/charge.h"

namespace longshore {

Status Recovery::Run() {
  auto stored = parts_.catalog.StoredBytes();
  if (!stored) return tl::unexpected(stored.error());
  parts_.budget.Force(static_cast<uint64_t>(std::max<int64_t>(*stored, 0)));
  if (auto made = parts_.files.MakeFolders(); !made) return made;
  if (auto finished = parts_.remover.FinishIntents(); !finished) return finished;
  if (auto settled = SettleExtents(); !settled) return settled;
  if (auto removed = RemoveUnnamed(); !removed) return removed;
  if (auto loaded = parts_.quarantine.Load(); !loaded) return loaded;
  auto complete = parts_.catalog.HasFlag(kCompleteKey);
  if (!complete) return tl::unexpected(complete.error());
  if (!*complete) {
    if (auto rebuilt = Rebuild(parts_, terms_); !rebuilt) return rebuilt;
  }
  auto recount = parts_.catalog.HasFlag(kRecountKey);
  if (!recount) return tl::unexpected(recount.error());
  // An index that was cut off may have lost the account and not the records.
  if (*recount) log::Warn("index", "a damaged record was dropped: what is stored is counted anew");
  return *recount || *stored < 0 || !*complete ? Recount() : Status();
}

Status Recovery::SettleExtents() {
  auto extents = ReadExtents();
  if (!extents) return tl::unexpected(extents.error());
  for (Found& found : *extents) {
    const std::string staging = found.record.staging;
    auto settled = SettleExtent(parts_, found.digest, std::move(found.record));
    if (settled && !*settled) continue;
    named_.insert(staging);
    Status kept = settled ? KeepIdle(found.digest, std::move(**settled))
                          : Status(tl::unexpected(settled.error()));
    // One bad file must not keep the cache from starting: it is looked at again when it is asked
    // for.
    if (!kept) log::Error("recovery", kept.error().message);
  }
  return {};
}

Result<std::vector<Recovery::Found>> Recovery::ReadExtents() {
  std::vector<Found> found;
  std::vector<std::string> damaged;
  auto scanned = parts_.catalog.Scan(Family::kExtent, "", "",
                                     [&](std::string_view key, std::string_view value) {
                                       auto digest = ParseDigestKey(key);
                                       auto record = ExtentRecord::Decode(value);
                                       if (digest && record) {
                                         found.push_back({*digest, std::move(*record)});
                                       } else {
                                         damaged.emplace_back(key);
                                       }
                                       return true;
                                     });
  if (!scanned) return tl::unexpected(scanned.error());
  for (const std::string& key : damaged) {
    ++parts_.stats.index_errors;
    auto forgotten = parts_.catalog.Forget(Family::kExtent, key);
    if (!forgotten) return tl::unexpected(forgotten.error());
  }
  return found;
}

// The file may hold more than the record knows (what was written since, or is not trusted): du sees
// that, too.
Status Recovery::KeepIdle(const Digest& digest, SettledExtent extent) {
  const std::string path = parts_.files.Absolute(BlobFiles::StagingPath(extent.record.staging));
  auto usage = parts_.disk.FolderUsage(path);
  if (!usage) return tl::unexpected(usage.error());
  const uint64_t before = extent.record.charge;
  const uint64_t charge =
      std::min(Charge(extent.record.size), std::max(Charge(extent.present), Charge(*usage)));
  if (charge == before) return {};
  if (auto recorded = RecordCharge(parts_, digest, extent, charge); !recorded) return recorded;
  parts_.budget.Force(charge);
  parts_.budget.Release(before);
  return {};
}

Status Recovery::RemoveUnnamed() {
  auto names = parts_.disk.List(parts_.files.Absolute("staging"));
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    if (named_.contains(name)) continue;
    if (auto removed = parts_.files.Remove(BlobFiles::StagingPath(name)); !removed) {
      log::Error("recovery", removed.error().message);
    }
  }
  return {};
}

Status Recovery::Recount() {
  uint64_t total = 0;
  auto blobs =
      parts_.catalog.Scan(Family::kBlob, "", "", [&](std::string_view, std::string_view value) {
        const auto record = BlobRecord::Decode(value);
        if (record) total += Charge(record->stored_size);
        return true;
      });
  if (!blobs) return blobs;
  auto extents =
      parts_.catalog.Scan(Family::kExtent, "", "", [&](std::string_view, std::string_view value) {
        const auto record = ExtentRecord::Decode(value);
        if (record) total += record->charge;
        return true;
      });
  if (!extents) return extents;
  auto stored = parts_.catalog.StoredBytes();
  if (!stored) return tl::unexpected(stored.error());
  IndexBatch batch;
  batch.Add(std::string(kStoredBytesKey), static_cast<int64_t>(total) - *stored);
  batch.Delete(Family::kMeta, std::string(kRecountKey));
  if (auto committed = parts_.catalog.Commit(batch, Index::Sync::kYes); !committed)
    return committed;
  parts_.budget.Force(total);
  parts_.budget.Release(static_cast<uint64_t>(std::max<int64_t>(*stored, 0)));
  return {};
}

}  // namespace longshore
