#pragma once

#include <memory>
#include <string>

#include "cache/index/index.h"

namespace longshore {

// The index in RocksDB. Small on purpose: about 16 MiB of block cache and 8 MiB of write buffers,
// at most 512 open files and two background threads, whatever the number of records. The folder's
// lock keeps a second process out. Open blocks for as long as the log of the last run takes to
// replay (it is bounded at 8 MiB). kCorrupt: what is there is damaged, or parts of it are missing.
// After a failed write the next Commit mends it, if the disk allows.
[[nodiscard]] Result<std::unique_ptr<Index>> OpenRocksIndex(const std::string& path);

}  // namespace longshore
