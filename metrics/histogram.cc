#include "metrics/histogram.h"

#include <algorithm>
#include <cmath>

namespace longshore::metrics {
namespace {

constexpr size_t kPerLine = kCacheLine / sizeof(uint64_t);
constexpr double kNanosPerSecond = 1e9;

}  // namespace

Histogram::Histogram(std::span<const double> bounds) {
  bounds_.reserve(bounds.size());
  for (const double bound : bounds) bounds_.push_back(std::llround(bound * kNanosPerSecond));
  const size_t cells = 1 + bounds_.size() + 1;
  lines_per_slot_ = (cells + kPerLine - 1) / kPerLine;
  lines_ = std::make_unique<Line[]>(lines_per_slot_ * kSlots);
}

std::atomic<uint64_t>& Histogram::Cell(size_t slot, size_t index) const {
  return lines_[slot * lines_per_slot_ + index / kPerLine].values[index % kPerLine];
}

void Histogram::Observe(std::chrono::nanoseconds duration) {
  const int64_t nanos = std::max<int64_t>(duration.count(), 0);
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), nanos) - bounds_.begin();
  const size_t slot = ThisThreadSlot();
  Cell(slot, 0).fetch_add(static_cast<uint64_t>(nanos), std::memory_order_relaxed);
  Cell(slot, 1 + static_cast<size_t>(bucket)).fetch_add(1, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::Read() const {
  Snapshot snapshot;
  snapshot.counts.resize(bounds_.size() + 1);
  uint64_t nanos = 0;
  for (size_t slot = 0; slot < kSlots; ++slot) {
    nanos += Cell(slot, 0).load(std::memory_order_relaxed);
    for (size_t i = 0; i < snapshot.counts.size(); ++i) {
      const uint64_t count = Cell(slot, 1 + i).load(std::memory_order_relaxed);
      snapshot.counts[i] += count;
      snapshot.count += count;
    }
  }
  snapshot.sum_seconds = static_cast<double>(nanos) / kNanosPerSecond;
  return snapshot;
}

}  // namespace longshore::metrics
