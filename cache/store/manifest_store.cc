#include "cache/store/manifest_store.h"

#include <utility>

#include "cache/index/charge.h"
#include "cache/store/pins.h"

namespace longshore {
namespace {

constexpr uint64_t kEntryOverhead = 400;  // list node, map node, manifest, control block

LinkRecord LinkOf(const ManifestStore::Arrival& arrival, size_t index) {
  const NamedContent& content = arrival.named[index];
  return {arrival.proven_at, content.size, content.compressible};
}

}  // namespace

Result<ManifestPtr> ManifestStore::Find(const Digest& digest) {
  if (auto recent = Peek(digest)) return recent;
  auto record = parts_.catalog.FindManifest(digest);
  if (!record) return tl::unexpected(record.error());
  if (!*record) return ManifestPtr();
  auto manifest = std::make_shared<const Manifest>(
      Manifest{digest, std::move((*record)->media_type), std::move((*record)->bytes)});
  Remember(manifest);
  return manifest;
}

Status ManifestStore::Store(const Arrival& arrival) {
  const Digest& digest = arrival.manifest->digest;
  auto known = Find(digest);
  if (!known) return tl::unexpected(known.error());
  IndexBatch batch;
  if (!*known) {
    batch.Put(Family::kManifest, DigestKey(digest),
              ManifestRecord{arrival.manifest->media_type, arrival.manifest->bytes, arrival.named,
                             arrival.proven_at}
                  .Encode());
  }
  const LinkRecord own{arrival.proven_at, arrival.manifest->bytes.size(), false};
  links_.AddTo(batch, arrival.link_key, own);
  for (size_t i = 0; i < arrival.named.size(); ++i) {
    links_.AddTo(batch, arrival.named_keys[i], LinkOf(arrival, i));
  }
  const TagState tag{digest, arrival.proven_at};
  const bool tagged = arrival.tag_key && tags_.AddTo(batch, *arrival.tag_key, tag, arrival.version);
  // Twice: once in the log, once in a table.
  if (auto room = parts_.reclaimer.MakeRoom(2 * batch.Bytes()); !room) return room;
  if (auto committed = parts_.catalog.Commit(batch, Index::Sync::kNo); !committed) return committed;

  parts_.pins.OnStored(tagged ? *arrival.tag_key : std::string(), digest, arrival.named);

  Remember(arrival.manifest);
  links_.Remember(arrival.link_key, own);
  for (size_t i = 0; i < arrival.named.size(); ++i) {
    links_.Remember(arrival.named_keys[i], LinkOf(arrival, i));
  }
  if (tagged) tags_.Publish(*arrival.tag_key, tag, arrival.version);
  if (!*known) {
    parts_.residents.Insert(
        {MakeObjectKey(ObjectKind::kManifest, digest), Charge(arrival.manifest->bytes.size())});
  }
  return {};
}

void ManifestStore::Remember(const ManifestPtr& manifest) {
  recent_.Put(manifest->digest, manifest,
              manifest->bytes.size() + manifest->media_type.size() + kEntryOverhead);
}

}  // namespace longshore
