#pragma once

#include <cstddef>

namespace longshore::metrics {

// Counting is spread over a few slots so that threads do not fight for a cache line. A thread keeps
// its slot for life; threads beyond kSlots share, which costs time and never a count.
inline constexpr size_t kSlots = 16;
inline constexpr size_t kCacheLine = 64;

size_t ThisThreadSlot();

}  // namespace longshore::metrics
