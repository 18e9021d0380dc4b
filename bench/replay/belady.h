#pragma once

#include <limits>
#include <map>

#include "bench/replay/policy.h"

namespace longshore::bench {

// Knows the future, refuses what is never asked for again, and evicts greedily. By distance alone
// it is Belady's MIN (1966), close to the best byte hit ratio; by distance × size, the best known
// simple approximation of the best object hit ratio: with sizes, both optima are NP-hard.
template <bool kBySize>
class Belady final : public Policy {
 public:
  Belady(const Workload& workload, uint64_t capacity)
      : Policy(workload, capacity), next_(workload.requests.size(), kNever), place_(sizes_.size()) {
    std::vector<uint32_t> seen(sizes_.size(), kNever);
    for (size_t i = workload.requests.size(); i-- > 0;) {
      next_[i] = seen[workload.requests[i]];
      seen[workload.requests[i]] = static_cast<uint32_t>(i);
    }
  }

  bool Request(uint32_t object) override {
    const uint32_t next = next_[now_++];
    const auto held = held_.find(place_[object]);
    const bool hit = held != held_.end() && held->second == object;
    if (hit) Drop(held);
    if (next == kNever || sizes_[object] > capacity_) return hit;
    place_[object] = next;
    held_.emplace(next, object);
    used_ += sizes_[object];
    while (used_ > capacity_) Drop(Victim());
    return hit;
  }

 private:
  static constexpr uint32_t kNever = std::numeric_limits<uint32_t>::max();
  using Held = std::map<uint32_t, uint32_t>;  // by when it is asked for next: one object a request

  void Drop(Held::const_iterator at) {
    used_ -= sizes_[at->second];
    held_.erase(at);
  }

  Held::const_iterator Victim() const {
    auto victim = std::prev(held_.end());
    if (!kBySize) return victim;
    double most = 0;
    for (auto at = held_.begin(); at != held_.end(); ++at) {
      const double cost =
          static_cast<double>(at->first - now_ + 1) * static_cast<double>(sizes_[at->second]);
      if (cost < most) continue;
      most = cost;
      victim = at;
    }
    return victim;
  }

  std::vector<uint32_t> next_;   // of each request, the next one of its object
  std::vector<uint32_t> place_;  // of each object, its key in held_ while it is there
  Held held_;
  uint32_t now_ = 0;
  uint64_t used_ = 0;
};

}  // namespace longshore::bench
