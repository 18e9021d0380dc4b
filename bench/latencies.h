#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <vector>

namespace longshore::bench {

// Durations of many requests, all of them kept. One thread.
class Latencies {
 public:
  void Add(std::chrono::steady_clock::duration took) {
    microseconds_.push_back(std::chrono::duration<float, std::micro>(took).count());
  }
  size_t count() const { return microseconds_.size(); }
  // Milliseconds, nearest rank; -1 when there is none. Sorts.
  double Quantile(double share) {
    if (microseconds_.empty()) return -1;
    const auto rank = std::lround(share * static_cast<double>(microseconds_.size() - 1));
    const auto at = microseconds_.begin() + rank;
    std::nth_element(microseconds_.begin(), at, microseconds_.end());
    return static_cast<double>(*at) / 1e3;
  }

 private:
  std::vector<float> microseconds_;
};

}  // namespace longshore::bench
