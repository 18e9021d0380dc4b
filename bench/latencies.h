#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <vector>

namespace longshore::bench {

// Nearest rank; -1 when there is none. Orders the values anew.
template <typename T>
double Quantile(std::vector<T>& values, double share) {
  if (values.empty()) return -1;
  const auto rank = std::lround(share * static_cast<double>(values.size() - 1));
  const auto at = values.begin() + rank;
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

// Durations of many requests, all of them kept. One thread.
class Latencies {
 public:
  void Add(std::chrono::steady_clock::duration took) {
    milliseconds_.push_back(std::chrono::duration<float, std::milli>(took).count());
  }
  size_t count() const { return milliseconds_.size(); }
  // Milliseconds, as Quantile.
  double At(double share) { return Quantile(milliseconds_, share); }

 private:
  std::vector<float> milliseconds_;
};

}  // namespace longshore::bench
