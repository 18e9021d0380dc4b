#pragma once

#include <cstdint>

#include "cache/base/byte_range.h"

namespace longshore {

inline constexpr uint64_t kBlock = 4096;

constexpr uint64_t RoundUpToBlocks(uint64_t bytes) {
  return (bytes + kBlock - 1) / kBlock * kBlock;
}

// What a file of `size` bytes counts against the budget: its blocks, and its share of what du finds
// beside them: a folder entry (up to 272 bytes in a half-full ext4 folder) and extent-map blocks
// (one for 340 pieces; a file filled in 64 KiB pieces at random needs 0.1 %).
constexpr uint64_t Charge(uint64_t size) {
  return RoundUpToBlocks(size + size / 1024 + 512);
}

// The same for a sparse file that holds only these ranges.
inline uint64_t Charge(const RangeSet& present) {
  uint64_t blocks = 0;
  for (const ByteRange& range : present.Ranges()) {
    blocks += RoundUpToBlocks(range.end) - range.begin / kBlock * kBlock;
  }
  return Charge(blocks);
}

}  // namespace longshore
