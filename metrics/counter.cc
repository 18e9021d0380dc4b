#include "metrics/counter.h"

namespace longshore::metrics {

uint64_t Counter::Value() const {
  uint64_t sum = 0;
  for (const Cell& cell : cells_) sum += cell.value.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace longshore::metrics
