#pragma once

#include <algorithm>
#include <set>
#include <utility>

#include "bench/replay/policy.h"
#include "bench/replay/queue.h"

namespace longshore::bench {

// One queue; the oldest goes. LRU if a hit makes an object the newest, else FIFO.
template <bool kHitMoves>
class OneQueue final : public Policy {
 public:
  OneQueue(const Workload& workload, uint64_t capacity)
      : Policy(workload, capacity), queues_(sizes_, 1) {}

  bool Request(uint32_t object) override {
    const bool hit = queues_.Of(object) == 0;
    if (!hit && sizes_[object] > capacity_) return false;
    while (!hit && queues_.Bytes(0) + sizes_[object] > capacity_) queues_.Take(queues_.Oldest(0));
    if (!hit || kHitMoves) queues_.Move(object, 0);
    return hit;
  }

 private:
  Queues queues_;
};

// GreedyDual-Size-Frequency (Cherkasova, HP Labs 1998): the least of L + uses / size goes, and L
// becomes what it had.
class Gdsf final : public Policy {
 public:
  Gdsf(const Workload& workload, uint64_t capacity)
      : Policy(workload, capacity), uses_(sizes_.size()), values_(sizes_.size()) {}

  bool Request(uint32_t object) override {
    const bool hit = uses_[object] > 0;
    if (!hit && sizes_[object] > capacity_) return false;
    if (hit) order_.erase({values_[object], object});
    while (!hit && used_ + sizes_[object] > capacity_) Evict();
    ++uses_[object];
    values_[object] = floor_ + uses_[object] / static_cast<double>(sizes_[object]);
    order_.emplace(values_[object], object);
    used_ += hit ? 0 : sizes_[object];
    return hit;
  }

 private:
  void Evict() {
    const auto [value, victim] = *order_.begin();
    order_.erase(order_.begin());
    floor_ = value;
    uses_[victim] = 0;
    used_ -= sizes_[victim];
  }

  std::set<std::pair<double, uint32_t>> order_;
  std::vector<uint32_t> uses_;  // 0: it is not there
  std::vector<double> values_;
  double floor_ = 0;
  uint64_t used_ = 0;
};

// S3-FIFO (Yang et al., SOSP 2023) counted in bytes: new objects enter a small queue, a tenth of
// the capacity; what is used again there moves to main, the rest leaves a ghost; what comes back
// while its ghost is there enters main. In main, each use is worth another round, three at most.
class S3Fifo final : public Policy {
 public:
  S3Fifo(const Workload& workload, uint64_t capacity)
      : Policy(workload, capacity), queues_(sizes_, 3), uses_(sizes_.size()) {}

  bool Request(uint32_t object) override {
    const int queue = queues_.Of(object);
    if (queue == kSmall || queue == kMain) {
      uses_[object] = std::min(uses_[object] + 1, 3);
      return true;
    }
    if (sizes_[object] > capacity_) return false;
    while (Used() + sizes_[object] > capacity_) Evict();
    uses_[object] = 0;
    // Asked anew: making room may have pushed the ghost out.
    queues_.Move(object, queues_.Of(object) == kGhost ? kMain : kSmall);
    return false;
  }

 private:
  enum { kSmall, kMain, kGhost };

  uint64_t Used() const { return queues_.Bytes(kSmall) + queues_.Bytes(kMain); }

  void Evict() {
    for (;;) {
      const bool from_small =
          !queues_.Empty(kSmall) &&
          (queues_.Empty(kMain) || queues_.Bytes(kSmall) * 9 > queues_.Bytes(kMain));
      const uint32_t oldest = queues_.Oldest(from_small ? kSmall : kMain);
      if (uses_[oldest] == 0) return Drop(oldest, from_small);
      uses_[oldest] = from_small ? 0 : uses_[oldest] - 1;
      queues_.Move(oldest, kMain);
    }
  }

  void Drop(uint32_t object, bool leaves_ghost) {
    if (!leaves_ghost) return queues_.Take(object);
    queues_.Move(object, kGhost);
    while (!queues_.Empty(kGhost) && queues_.Bytes(kGhost) > queues_.Bytes(kMain)) {
      queues_.Take(queues_.Oldest(kGhost));
    }
  }

  Queues queues_;
  std::vector<int> uses_;
};

}  // namespace longshore::bench
