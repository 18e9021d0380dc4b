#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cache/base/digest.h"
#include "cache/base/result.h"
#include "cache/index/object_key.h"
#include "cache/store/catalog.h"

namespace longshore {

// One thing that could be evicted, as the index has it.
struct StoredObject {
  ObjectKind kind = ObjectKind::kBlob;
  Digest digest;
  uint64_t charge = 0;   // bytes, as charge.h counts
  int64_t last_use = 0;  // wall milliseconds; 0: no use was recorded
  uint64_t uses = 0;
  int64_t stored_at = 0;  // wall milliseconds; 0: not known, as of every extent
};

// Reads the objects of the index with their uses, a chunk at a time: one walk over the records and
// one beside it over the uses, as both are sorted by digest. Blocks: pool only. One thread at a
// time.
class ObjectReader {
 public:
  ObjectReader(Catalog& catalog, ObjectKind kind, std::string from = {})
      : catalog_(catalog), kind_(kind), next_(std::move(from)) {}

  // At most `limit` of them, in the order of their digests. Records that cannot be read are left
  // out: a lookup of them will say so.
  [[nodiscard]] Result<std::vector<StoredObject>> Read(size_t limit);
  // Where the next chunk starts; empty: that was the last.
  const std::string& next() const { return next_; }

 private:
  [[nodiscard]] Status AddUses(std::vector<StoredObject>& chunk);

  Catalog& catalog_;
  const ObjectKind kind_;
  std::string next_;
};

}  // namespace longshore
