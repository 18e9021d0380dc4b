#pragma once

#include "cache/fill/blob_store.h"
#include "cache/store/cache_parts.h"
#include "cache/store/inventory.h"

namespace longshore {

// Proves a stored blob anew. Blocks for as long as its bytes take to read: pool only. Thread-safe.
class Verifier {
 public:
  Verifier(CacheParts& parts, BlobStore& blobs) : parts_(parts), blobs_(blobs) {}
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;

  // See Inventory.
  [[nodiscard]] Result<Verified> Verify(const Digest& digest);

 private:
  // False for what is not stored, too. Notes in `verified` what was found.
  [[nodiscard]] Result<bool> IsIntact(const Digest& digest, Verified& verified);

  CacheParts& parts_;
  BlobStore& blobs_;
};

}  // namespace longshore
