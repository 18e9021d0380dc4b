#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace longshore {

// The smallest zstd frame of `size` zeros, by hand (RFC 8878 §3.1.1): each 128 KiB of them are four
// bytes. It says that it needs a window of 2^window_log bytes (10 to 41, at least 17 for such
// blocks), which is not told by its size.
inline std::string ZstdOfZeros(uint64_t size, unsigned window_log = 17) {
  constexpr uint64_t kMostInBlock = 128 << 10;
  constexpr uint32_t kRepeatedByte = 1 << 1;  // the block's type
  std::string frame("\x28\xB5\x2F\xFD\0", 5);
  frame += static_cast<char>((window_log - 10) << 3);
  do {
    const uint64_t block = std::min(size, kMostInBlock);
    size -= block;
    const uint32_t head = static_cast<uint32_t>(block << 3) | kRepeatedByte | (size == 0 ? 1U : 0U);
    for (const int shift : {0, 8, 16}) frame += static_cast<char>(head >> shift & 0xFF);
    frame += '\0';
  } while (size > 0);
  return frame;
}

}  // namespace longshore
