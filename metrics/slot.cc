#include "metrics/slot.h"

#include <atomic>

namespace longshore::metrics {

size_t ThisThreadSlot() {
  static std::atomic<size_t> next{0};
  thread_local const size_t slot = next.fetch_add(1, std::memory_order_relaxed) % kSlots;
  return slot;
}

}  // namespace longshore::metrics
