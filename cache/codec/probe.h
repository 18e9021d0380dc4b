#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cache/base/byte_range.h"

namespace longshore::codec {

// Is a blob worth compressing? Told by a few samples of it, in about a millisecond, as most layers
// are compressed already.
inline constexpr size_t kSampleBytes = 64 << 10;

// Which bytes of a blob of `size` bytes to look at: up to three samples of up to kSampleBytes, at
// its start, in its middle and at its end; all of a small one.
std::vector<ByteRange> Samples(uint64_t size);

// True when the fastest level saves at least a fifth of the samples. Any thread; burns CPU: pool
// only.
bool WorthCompressing(std::span<const std::string> samples);

}  // namespace longshore::codec
