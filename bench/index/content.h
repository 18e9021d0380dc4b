#pragma once

#include <array>
#include <cstdint>

#include "cache/base/digest.h"
#include "cache/index/index.h"
#include "cache/index/repository.h"

namespace longshore::bench {

// What stands in an index of so many blobs: each with its record, its uses, and links of two
// repositories, in the order of their digests' arrival, which is no order. Sizes are 64 to 128 KiB,
// so that the like of them evicts one or two. The same for everybody who asks with the same number;
// a plain value.
class IndexContent {
 public:
  static constexpr size_t kLinks = 2;  // a blob

  explicit IndexContent(uint64_t blobs) : blobs_(blobs) {}

  uint64_t blobs() const { return blobs_; }
  static Digest BlobDigest(uint64_t number);
  static Digest AbsentDigest(uint64_t number);
  static uint64_t BlobSize(uint64_t number);
  std::array<RepositoryKey, kLinks> RepositoriesOf(uint64_t number) const;
  // Its records, and what it counts.
  void AddTo(IndexBatch& batch, uint64_t number) const;

 private:
  RepositoryKey Repository(uint64_t hash) const;

  const uint64_t blobs_;
};

}  // namespace longshore::bench
