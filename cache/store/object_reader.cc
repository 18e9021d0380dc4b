#include "cache/store/object_reader.h"

#include <utility>

#include "cache/index/charge.h"

namespace longshore {
namespace {

void Take(const BlobRecord& record, StoredObject& object) {
  object.charge = Charge(record.stored_size);
  object.stored_at = record.sealed_at;
}
void Take(const ExtentRecord& record, StoredObject& object) {
  object.charge = record.charge;
}
void Take(const ManifestRecord& record, StoredObject& object) {
  object.charge = Charge(record.bytes.size());
  object.stored_at = record.stored_at;
}

template <typename Record>
void Decode(std::string_view value, StoredObject& object) {
  if (const auto record = Record::Decode(value)) Take(*record, object);
}

// Leaves `charge` at 0 if the record cannot be read.
void Decode(std::string_view value, StoredObject& object) {
  switch (object.kind) {
    case ObjectKind::kBlob:
      return Decode<BlobRecord>(value, object);
    case ObjectKind::kExtent:
      return Decode<ExtentRecord>(value, object);
    case ObjectKind::kManifest:
      return Decode<ManifestRecord>(value, object);
  }
}

}  // namespace

Result<std::vector<StoredObject>> ObjectReader::Read(size_t limit) {
  std::vector<StoredObject> chunk;
  const std::string from = std::exchange(next_, {});
  size_t seen = 0;
  auto scanned =
      catalog_.Scan(FamilyOf(kind_), "", from, [&](std::string_view key, std::string_view value) {
        if (seen++ == limit) {
          next_ = key;
          return false;
        }
        const auto digest = ParseDigestKey(key);
        if (!digest) return true;
        StoredObject object{kind_, *digest};
        Decode(value, object);
        if (object.charge > 0) chunk.push_back(std::move(object));
        return true;
      });
  if (!scanned) return tl::unexpected(scanned.error());
  if (auto added = AddUses(chunk); !added) return tl::unexpected(added.error());
  return chunk;
}

Status ObjectReader::AddUses(std::vector<StoredObject>& chunk) {
  if (chunk.empty()) return {};
  auto at = chunk.begin();
  std::string wanted = AccessKey(kind_, at->digest);
  const std::string prefix(1, static_cast<char>(kind_));
  return catalog_.Scan(Family::kAccess, prefix, wanted,
                       [&](std::string_view key, std::string_view value) {
                         while (wanted < key) {
                           if (++at == chunk.end()) return false;
                           wanted = AccessKey(kind_, at->digest);
                         }
                         const auto record = AccessRecord::Decode(value);
                         if (wanted == key && record) {
                           at->last_use = record->last_use;
                           at->uses = record->uses;
                         }
                         return true;
                       });
}

}  // namespace longshore
