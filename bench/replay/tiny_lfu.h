#pragma once

#include <algorithm>

#include "bench/replay/policy.h"
#include "bench/replay/queue.h"

namespace longshore::bench {

// W-TinyLFU (Einziger et al., ACM ToS 2017) counted in bytes: an LRU window of 1 %, then a
// segmented LRU (a fifth on probation), into which the window's oldest is let only over objects
// that were asked for less often of late. Each victim is compared in turn, as Caffeine does with
// weighted entries. The counters are exact where the real ones are a sketch; they are halved every
// ten requests an object.
class TinyLfu final : public Policy {
 public:
  TinyLfu(const Workload& workload, uint64_t capacity)
      : Policy(workload, capacity), queues_(sizes_, 3), counts_(sizes_.size()) {}

  bool Request(uint32_t object) override {
    Count(object);
    const int queue = queues_.Of(object);
    if (queue == Queues::kNone) {
      if (sizes_[object] > capacity_) return false;
      queues_.Move(object, kWindow);
      while (queues_.Bytes(kWindow) > Window()) Admit(queues_.Oldest(kWindow));
      return false;
    }
    queues_.Move(object, queue == kWindow ? kWindow : kProtected);
    while (queues_.Bytes(kProtected) > (capacity_ - Window()) / 5 * 4) {
      queues_.Move(queues_.Oldest(kProtected), kProbation);
    }
    return true;
  }

 private:
  enum { kWindow, kProbation, kProtected };

  uint64_t Window() const { return capacity_ / 100; }

  void Count(uint32_t object) {
    counts_[object] = std::min(counts_[object] + 1, 15);
    const size_t residents =
        queues_.Count(kWindow) + queues_.Count(kProbation) + queues_.Count(kProtected);
    if (++counted_ < 10 * std::max<size_t>(residents, 1000)) return;
    counted_ /= 2;
    for (int& count : counts_) count /= 2;
  }

  void Admit(uint32_t candidate) {
    queues_.Take(candidate);
    const uint64_t main = capacity_ - Window();
    while (queues_.Bytes(kProbation) + queues_.Bytes(kProtected) + sizes_[candidate] > main) {
      const int from = queues_.Empty(kProbation) ? kProtected : kProbation;
      if (queues_.Empty(from)) return;
      const uint32_t victim = queues_.Oldest(from);
      if (counts_[candidate] <= counts_[victim]) return;
      queues_.Take(victim);
    }
    queues_.Move(candidate, kProbation);
  }

  Queues queues_;
  std::vector<int> counts_;
  size_t counted_ = 0;
};

}  // namespace longshore::bench
