#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cache/base/allowance.h"
#include "cache/base/clock.h"

namespace longshore {

// Blob connections to one upstream, over all loops, how many of them a blob made use of lately, and
// how far away the upstream is.
// Thread-safe.
class UpstreamLoad {
 public:
  // One connection's share.
  using Slot = Allowance::Share;

  UpstreamLoad(int max, int max_per_blob)
      : connections_(static_cast<uint64_t>(max)), max_per_blob_(max_per_blob) {}

  // Nothing: all connections are in use.
  std::optional<Slot> TryAcquire() { return connections_.TryTake(1); }
  void SetLimits(int max, int max_per_blob) {
    connections_.SetLimit(static_cast<uint64_t>(max));
    max_per_blob_.store(max_per_blob, std::memory_order_relaxed);
  }
  int max_per_blob() const { return max_per_blob_.load(std::memory_order_relaxed); }
  int open() const { return static_cast<int>(connections_.used()); }

  // What a blob's ramp found out: where the next blob may begin.
  int learned() const { return learned_.load(std::memory_order_relaxed); }
  void Learn(int connections) { learned_.store(connections, std::memory_order_relaxed); }

  // An answer of the upstream, of whatever kind, began after `waited`. The way is as long as the
  // shortest of late: the rest was work. What was long ago counts less with each answer.
  void OnFirstByte(Duration waited) {
    const int64_t before = first_byte_ms_.load(std::memory_order_relaxed);
    const int64_t seen = waited.count();
    const int64_t aged = before + before / 4 + 1;
    first_byte_ms_.store(before < 0 ? seen : std::min(seen, aged), std::memory_order_relaxed);
  }
  // Zero while nothing was asked yet.
  Duration first_byte() const {
    return Duration(std::max<int64_t>(0, first_byte_ms_.load(std::memory_order_relaxed)));
  }

 private:
  Allowance connections_;
  std::atomic<int> max_per_blob_;
  std::atomic<int64_t> first_byte_ms_{-1};
  std::atomic<int> learned_{1};
};

// By upstream. Filled before the loops run, then only read.
class UpstreamLoads {
 public:
  void Add(const std::string& upstream, int max_connections, int max_per_blob) {
    loads_.emplace(upstream, std::make_unique<UpstreamLoad>(max_connections, max_per_blob));
  }
  UpstreamLoad& Get(const std::string& upstream) const { return *loads_.at(upstream); }

 private:
  std::map<std::string, std::unique_ptr<UpstreamLoad>> loads_;
};

}  // namespace longshore
