#pragma once

#include <atomic>
#include <cstdint>

namespace longshore::metrics {

// A number that rises and falls. Thread-safe, never blocks. One cell, because Set has no meaning
// over several.
class Gauge {
 public:
  void Add(int64_t by) { value_.fetch_add(by, std::memory_order_relaxed); }
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  int64_t Value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

}  // namespace longshore::metrics
