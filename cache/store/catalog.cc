#include "cache/store/catalog.h"

namespace longshore {

std::string AccessKey(ObjectKind kind, const Digest& digest) {
  return static_cast<char>(kind) + DigestKey(digest);
}

Family FamilyOf(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kBlob:
      return Family::kBlob;
    case ObjectKind::kExtent:
      return Family::kExtent;
    case ObjectKind::kManifest:
      return Family::kManifest;
  }
  return Family::kBlob;
}

// Damage that the index itself finds is the index's, not that of one record.
template <typename T>
Result<T> Catalog::NoteRead(Result<T> result) {
  if (result) return result;
  if (result.error().code != Code::kCorrupt) {
    health_.ReadFailed(DiskHealth::Part::kIndex, result.error());
    return result;
  }
  health_.IndexDamaged(result.error());
  return Fail(Code::kIo, result.error().message);
}

Result<std::optional<std::string>> Catalog::Get(Family family, std::string_view key) {
  const DiskHealth::Operation operation(health_);
  return NoteRead(index_.Get(family, key));
}

template <typename Record>
Result<std::optional<Record>> Catalog::Read(Family family, std::string_view key) {
  auto bytes = Get(family, key);
  if (!bytes) return tl::unexpected(bytes.error());
  if (!*bytes) return std::optional<Record>();
  auto record = Record::Decode(**bytes);
  if (!record) {
    health_.ReadFailed(DiskHealth::Part::kIndex, record.error());
    return tl::unexpected(record.error());
  }
  return std::optional<Record>(std::move(*record));
}

template <typename Record>
Result<std::optional<Record>> Catalog::ReadOrDrop(Family family, std::string_view key) {
  auto record = Read<Record>(family, key);
  if (record || record.error().code != Code::kCorrupt) return record;
  IndexBatch batch;
  batch.Delete(family, std::string(key));
  // If it cannot be removed it is found damaged again next time.
  (void)Commit(batch, Index::Sync::kNo);
  return std::optional<Record>();
}

Result<std::optional<BlobRecord>> Catalog::FindBlob(const Digest& digest) {
  return Read<BlobRecord>(Family::kBlob, DigestKey(digest));
}

Result<std::optional<ExtentRecord>> Catalog::FindExtent(const Digest& digest) {
  return Read<ExtentRecord>(Family::kExtent, DigestKey(digest));
}

Result<std::optional<ManifestRecord>> Catalog::FindManifest(const Digest& digest) {
  return ReadOrDrop<ManifestRecord>(Family::kManifest, DigestKey(digest));
}

Result<std::optional<TagRecord>> Catalog::FindTag(std::string_view key) {
  return ReadOrDrop<TagRecord>(Family::kTag, key);
}

Result<std::optional<LinkRecord>> Catalog::FindLink(std::string_view key) {
  return ReadOrDrop<LinkRecord>(Family::kLink, key);
}

Result<std::optional<AccessRecord>> Catalog::FindAccess(std::string_view key) {
  return ReadOrDrop<AccessRecord>(Family::kAccess, key);
}

Result<bool> Catalog::Has(ObjectKind kind, const Digest& digest) {
  auto bytes = Get(FamilyOf(kind), DigestKey(digest));
  if (!bytes) return tl::unexpected(bytes.error());
  return bytes->has_value();
}

Status Catalog::Commit(const IndexBatch& batch, Index::Sync sync) {
  if (batch.empty()) return {};
  if (auto well = health_.CheckWrites(); !well) return well;
  return CommitNow(batch, sync);
}

Status Catalog::CommitNow(const IndexBatch& batch, Index::Sync sync) {
  budget_.IndexGrew(batch.Bytes());
  const DiskHealth::Operation operation(health_);
  auto committed = index_.Commit(batch, sync);
  if (committed) return committed;
  if (committed.error().code == Code::kCorrupt) {
    health_.IndexDamaged(committed.error());
    committed.error().code = Code::kIo;
  }
  health_.WriteFailed(DiskHealth::Part::kIndex, committed.error());
  return committed;
}

Status Catalog::Probe() {
  IndexBatch batch;
  batch.Put(Family::kMeta, std::string(kProbeKey), "");
  return CommitNow(batch, Index::Sync::kYes);
}

Status Catalog::Scan(Family family, std::string_view prefix, std::string_view from,
                     const Index::Visitor& visit) {
  return NoteRead(index_.Scan(family, prefix, from, visit));
}

Result<int64_t> Catalog::StoredBytes() {
  return NoteRead(index_.Counter(kStoredBytesKey));
}

Result<bool> Catalog::HasFlag(std::string_view key) {
  auto flag = Get(Family::kMeta, key);
  if (!flag) return tl::unexpected(flag.error());
  return flag->has_value();
}

Result<std::optional<ScrubRecord>> Catalog::FindScrub() {
  return ReadOrDrop<ScrubRecord>(Family::kMeta, kScrubKey);
}

Status Catalog::Compact(Family family) {
  return NoteRead(index_.Compact(family));
}

Status Catalog::Forget(Family family, std::string_view key) {
  IndexBatch batch;
  batch.Delete(family, std::string(key));
  batch.Put(Family::kMeta, std::string(kRecountKey), "1");
  return Commit(batch, Index::Sync::kYes);
}

Result<std::vector<Digest>> Catalog::Resolve(ObjectKey key) {
  const ObjectKind kind = KindOf(key);
  std::vector<Digest> found;
  for (const DigestAlgorithm algorithm : {DigestAlgorithm::kSha256, DigestAlgorithm::kSha512}) {
    const std::string prefix = static_cast<char>(algorithm) + RawPrefix(key);
    auto scanned =
        Scan(FamilyOf(kind), prefix, prefix, [&](std::string_view name, std::string_view) {
          const auto digest = ParseDigestKey(name);
          if (digest && MakeObjectKey(kind, *digest) == key) found.push_back(*digest);
          return true;
        });
    if (!scanned) return tl::unexpected(scanned.error());
  }
  return found;
}

}  // namespace longshore
