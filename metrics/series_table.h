#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::metrics {

// Label values -> T, for many readers and rare inserts. Only grows; what it holds never moves.
// Thread-safe.
//
// Every member of series_ is in exactly one of the cells_, at or after the place its hash gives it,
// with no empty cell between; so a reader that meets an empty cell knows that there is no such
// series yet. A cell is written once, under mutex_, with release order. The table is never more
// than half full.
template <typename T, size_t kMaxSeries>
class SeriesTable {
 public:
  struct Series {
    std::vector<std::string> labels;
    T value;
  };

  // No lock, no allocation; null if it is not there (yet).
  template <typename Labels>
  Series* Find(const Labels& labels) const {
    for (size_t i = Hash(labels);; ++i) {
      Series* series = cells_[i % kCells].load(std::memory_order_acquire);
      if (series == nullptr || Equal(series->labels, labels)) return series;
    }
  }

  // What is there already, or what `make` returns, inserted; null when the table is full.
  template <typename Labels, typename Make>
  Series* FindOrInsert(const Labels& labels, const Make& make) {
    if (Series* series = Find(labels)) return series;
    const std::lock_guard lock(mutex_);
    if (Series* series = Find(labels)) return series;
    if (series_.size() == kMaxSeries) return nullptr;
    series_.push_back(std::unique_ptr<Series>(
        new Series{std::vector<std::string>(labels.begin(), labels.end()), make()}));
    size_t i = Hash(labels);
    while (cells_[i % kCells].load(std::memory_order_relaxed) != nullptr) ++i;
    cells_[i % kCells].store(series_.back().get(), std::memory_order_release);
    return series_.back().get();
  }

  // In the order of insertion. A leaf lock.
  std::vector<const Series*> All() const {
    const std::lock_guard lock(mutex_);
    std::vector<const Series*> all;
    all.reserve(series_.size());
    for (const auto& series : series_) all.push_back(series.get());
    return all;
  }

 private:
  static constexpr size_t kCells = 2 * kMaxSeries;

  template <typename Labels>
  static size_t Hash(const Labels& labels) {
    size_t hash = 0;
    for (const std::string_view label : labels) {
      // boost::hash_combine's mix.
      hash ^=
          std::hash<std::string_view>{}(label) + 0x9E3779B97F4A7C15u + (hash << 6) + (hash >> 2);
    }
    return hash;
  }

  template <typename Labels>
  static bool Equal(const std::vector<std::string>& own, const Labels& labels) {
    return std::equal(own.begin(), own.end(), labels.begin(), labels.end());
  }

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Series>> series_;  // under mutex_
  std::array<std::atomic<Series*>, kCells> cells_{};
};

}  // namespace longshore::metrics
