#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cache/base/byte_range.h"

namespace longshore {

// Are all pages of [offset, offset + size) in memory? Does not block, moves nothing. A file system
// that cannot say counts as yes. cachestat(2) where the kernel has it (6.5), else as below.
bool IsInMemory(int fd, uint64_t offset, uint64_t size);
// Few bytes, if all of them are there and in memory. Does not block.
std::optional<std::string> ReadIfInMemory(int fd, ByteRange range);

// The same by a byte here and there with RWF_NOWAIT.
bool ProbeInMemory(int fd, uint64_t offset, uint64_t size);

}  // namespace longshore
