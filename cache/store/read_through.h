#pragma once

#include "cache/base/byte_range.h"
#include "cache/base/disk.h"
#include "cache/base/result.h"

namespace longshore {

// Reads these bytes of a file and drops them: they are in the page cache then. Blocks: pool only.
// kCorrupt: the file ends before they do; else the disk's own errors.
[[nodiscard]] Status ReadThrough(const File& file, ByteRange range, Disk& disk);

}  // namespace longshore
