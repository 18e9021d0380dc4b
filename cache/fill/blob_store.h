#pragma once

#include <memory>
#include <optional>
#include <variant>

#include "cache/fill/extents.h"
#include "cache/fill/fill.h"
#include "cache/store/blob_view.h"
#include "cache/store/cache_parts.h"
#include "cache/store/stored_blob.h"

namespace longshore {

// Sealed blobs and the opening of fills. Thread-safe. Only Peek may be called on a loop; the rest
// blocks: pool only.
class BlobStore {
 public:
  using OpenedFill = std::variant<std::shared_ptr<Fill>, std::shared_ptr<const SealedBlob>>;

  explicit BlobStore(CacheParts& parts) : parts_(parts) {}
  BlobStore(const BlobStore&) = delete;
  BlobStore& operator=(const BlobStore&) = delete;

  // Null: not open; it may be stored all the same.
  std::shared_ptr<const SealedBlob> Peek(const Digest& digest) {
    return parts_.open.Recent(digest);
  }
  // Null: not stored in full. A record without its file, or with a file of another size or without
  // a seek table that can be, is removed and reads as absent; so is a distrusted one, as soon as
  // nobody reads it.
  [[nodiscard]] Result<std::shared_ptr<const SealedBlob>> Find(const Digest& digest);

  // See Cache::OpenFill. Runs in the digest's write lane.
  [[nodiscard]] Result<OpenedFill> OpenFill(const Digest& digest, uint64_t size);

 private:
  struct Opened {
    std::shared_ptr<const SealedBlob> blob;
    Damage damage = Damage::kNone;
  };
  [[nodiscard]] Result<Opened> Open(const Digest& digest);
  void RemoveDamaged(const Digest& digest);
  [[nodiscard]] Status Remove(const Digest& digest, Damage damage);
  [[nodiscard]] Status RemoveWithoutRecord(const Digest& digest);

  [[nodiscard]] Result<std::optional<SettledExtent>> FindUnfinished(const Digest& digest,
                                                                    uint64_t size);
  [[nodiscard]] Result<SettledExtent> Begin(const Digest& digest, uint64_t size);
  // `charge` of the budget, for a file that grows by `to_write`.
  [[nodiscard]] Status Reserve(uint64_t charge, uint64_t to_write);
  [[nodiscard]] Status ReserveWhole(const Digest& digest, SettledExtent& extent);

  CacheParts& parts_;
};

}  // namespace longshore
