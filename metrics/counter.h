#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "metrics/slot.h"

namespace longshore::metrics {

// A number that only rises. Thread-safe, never blocks: one relaxed add on the thread's own cache
// line.
class Counter {
 public:
  void Add(uint64_t by = 1) {
    cells_[ThisThreadSlot()].value.fetch_add(by, std::memory_order_relaxed);
  }
  // All slots summed; adds made meanwhile may or may not be in it.
  uint64_t Value() const;

 private:
  struct alignas(kCacheLine) Cell {
    std::atomic<uint64_t> value{0};
  };
  std::array<Cell, kSlots> cells_;
};

}  // namespace longshore::metrics
