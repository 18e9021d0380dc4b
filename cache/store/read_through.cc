#include "cache/store/read_through.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace longshore {

Status ReadThrough(const File& file, ByteRange range, Disk& disk) {
  constexpr uint64_t kAtOnce = 256 * 1024;
  std::vector<char> dropped(std::min(kAtOnce, range.size()));
  while (!range.empty()) {
    const std::span<char> part(dropped.data(), std::min<uint64_t>(dropped.size(), range.size()));
    const auto read = disk.ReadAt(file, range.begin, part);
    if (!read) return tl::unexpected(read.error());
    if (*read != part.size()) return Fail(Code::kCorrupt, "a stored blob is cut off");
    range.begin += *read;
  }
  return {};
}

}  // namespace longshore
