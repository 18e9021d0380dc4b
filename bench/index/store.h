#pragma once

#include <string>
#include <vector>

#include "bench/index/content.h"
#include "cache/base/result.h"

namespace longshore::bench {

// Things that are stored in full, so that a client can have them.
struct Sample {
  std::string repository;
  std::vector<Digest> blobs;  // of 1 KiB
  std::vector<Digest> manifests;
};

// Makes a cache folder whose index holds `content`, and beside it a sample, which was stored first:
// it lies as deep as the rest. Everything goes the way it goes in a server, through the cache and
// through Index::Commit; but of the content there are no files, as nothing that starts looks at
// them. Returns when the index has compacted what it wants to. Blocks for minutes.
[[nodiscard]] Result<Sample> MakeStore(const std::string& folder, const IndexContent& content);

}  // namespace longshore::bench
