#include "cache/store/remover.h"

#include <set>
#include <vector>

#include "cache/index/charge.h"

namespace longshore {

std::string Remover::IntentKey(const std::string& path) {
  return std::string(kRemovalPrefix) + path;
}

Result<bool> Remover::Locate(Doomed& doomed) {
  if (doomed.kind == ObjectKind::kBlob) {
    auto record = catalog_.FindBlob(doomed.digest);
    if (!record) return tl::unexpected(record.error());
    if (!*record) return false;
    doomed.charge = Charge((*record)->stored_size);
    doomed.path = BlobFiles::SealedPath(doomed.digest, (*record)->encoding);
    doomed.sealed_at = (*record)->sealed_at;
    return true;
  }
  auto record = catalog_.FindExtent(doomed.digest);
  if (!record) return tl::unexpected(record.error());
  if (!*record) return false;
  doomed.charge = (*record)->charge;
  doomed.path = BlobFiles::StagingPath((*record)->staging);
  return true;
}

Status Remover::Remove(std::span<const Doomed> doomed) {
  IndexBatch records;
  int64_t uncounted = 0;
  for (const Doomed& object : doomed) {
    records.Delete(FamilyOf(object.kind), DigestKey(object.digest));
    if (object.kind != ObjectKind::kExtent) {
      records.Delete(Family::kAccess, AccessKey(object.kind, object.digest));
    }
    if (!object.path.empty()) records.Put(Family::kMeta, IntentKey(object.path), "");
    uncounted += static_cast<int64_t>(object.charge);
  }
  if (uncounted != 0) records.Add(std::string(kStoredBytesKey), -uncounted);
  if (auto committed = catalog_.Commit(records, Index::Sync::kYes); !committed) return committed;
  CarryOut(doomed);
  return {};
}

void Remover::CarryOut(std::span<const Doomed> doomed) {
  std::vector<std::string> unlinked;
  for (const Doomed& object : doomed) {
    if (object.path.empty()) continue;
    if (!files_.Remove(object.path)) continue;
    budget_.Release(object.charge);
    unlinked.push_back(object.path);
  }
  DropIntents(unlinked);
}

Status Remover::FinishIntents() {
  std::vector<std::string> paths;
  auto scanned = catalog_.Scan(Family::kMeta, kRemovalPrefix, kRemovalPrefix,
                               [&](std::string_view key, std::string_view) {
                                 paths.emplace_back(key.substr(kRemovalPrefix.size()));
                                 return true;
                               });
  if (!scanned) return scanned;
  std::erase_if(paths, [this](const std::string& path) { return !files_.Remove(path); });
  DropIntents(paths);
  return {};
}

// An intent that stays is carried out once more at the next start, so nothing here need succeed.
void Remover::DropIntents(std::span<const std::string> unlinked) {
  std::set<std::string> folders;
  for (const std::string& path : unlinked) folders.insert(path.substr(0, path.rfind('/')));
  for (const std::string& folder : folders) {
    const auto synced = files_.disk().SyncFolder(files_.Absolute(folder));
    if (!synced && synced.error().code != Code::kNotFound) return;
  }
  IndexBatch intents;
  for (const std::string& path : unlinked) intents.Delete(Family::kMeta, IntentKey(path));
  (void)catalog_.Commit(intents, Index::Sync::kNo);
}

}  // namespace longshore
