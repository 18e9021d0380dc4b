#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "metrics/slot.h"

namespace longshore::metrics {

// How long things took, in fixed buckets. Thread-safe, never blocks: two relaxed adds on the
// thread's own lines.
class Histogram {
 public:
  // `bounds`: upper bounds in seconds (inclusive, as in Prometheus), rising. A last bucket without
  // bound is implied.
  explicit Histogram(std::span<const double> bounds);

  // Negative durations count as zero.
  void Observe(std::chrono::nanoseconds duration);

  struct Snapshot {
    std::vector<uint64_t> counts;  // one a bucket (not cumulative), the unbounded one last
    uint64_t count = 0;            // their sum, always
    double sum_seconds = 0;
  };
  // All slots merged; observations made meanwhile may or may not be in it.
  Snapshot Read() const;

 private:
  struct alignas(kCacheLine) Line {
    std::atomic<uint64_t> values[kCacheLine / sizeof(uint64_t)] = {};
  };
  std::atomic<uint64_t>& Cell(size_t slot, size_t index) const;

  std::vector<int64_t> bounds_;  // nanoseconds
  size_t lines_per_slot_;
  std::unique_ptr<Line[]> lines_;  // a slot: the sum in nanoseconds, then the counts
};

}  // namespace longshore::metrics
