#pragma once

#include <array>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "metrics/counter.h"
#include "metrics/gauge.h"
#include "metrics/histogram.h"
#include "metrics/names.h"

namespace longshore::metrics {

using LabelValues = std::initializer_list<std::string_view>;  // in the order of the table's labels

// One set of label values of a family, as it is now.
struct SeriesSnapshot {
  std::vector<std::string> labels;
  std::variant<double, Histogram::Snapshot> value;
};
struct FamilySnapshot {
  const MetricInfo* info = nullptr;
  std::vector<SeriesSnapshot> series;  // in the order they were made
};

// All metrics of one process. Thread-safe. What Get… returns lives as long as the registry.
//
// Get… on values seen before takes no lock and allocates nothing (some 50 ns); keep the reference
// where that is easy. The first time for new values takes a leaf lock.
//
// Labels are bounded: a family holds kMaxSeries sets of values, and past that every new one is
// counted under "other". The wrong kind of Get… for a name, or the wrong number of values, is a
// bug: it asserts in debug builds, and in release it is counted on an object that nobody sees.
class Registry {
 public:
  static constexpr size_t kMaxSeries = 2000;

  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Counter& GetCounter(Name name, LabelValues labels = {});
  Gauge& GetGauge(Name name, LabelValues labels = {});
  Histogram& GetHistogram(Name name, LabelValues labels = {});

  // The value of a gauge or counter that something else keeps, read at every Collect on the thread
  // that collects; the series is left out while there is none. `read` must be thread-safe, not
  // block, and stay callable until the registry is gone or it is replaced. Set it before the first
  // Collect. It hides what Get… of the same labels would count.
  using ReadValue = std::function<std::optional<double>()>;
  void SetCallback(Name name, LabelValues labels, ReadValue read);

  // Every family of the table, also those without a series yet. Never blocks for long.
  std::vector<FamilySnapshot> Collect() const;

 private:
  class Family;
  std::array<std::unique_ptr<Family>, names::kCount> families_;
};

}  // namespace longshore::metrics
