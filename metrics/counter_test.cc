#include "metrics/counter.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "metrics/gauge.h"
#include "metrics/histogram.h"

namespace longshore::metrics {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kThreads = 2 * static_cast<int>(kSlots);  // so that some share a slot
constexpr int kRounds = 5000;

template <typename Work>
void OnManyThreads(const Work& work) {
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("no count is lost when more threads than slots count at once") {
  Counter counter;
  Gauge gauge;
  const std::vector<double> bounds = {1};
  Histogram histogram(bounds);
  OnManyThreads([&] {
    for (int i = 0; i < kRounds; ++i) {
      counter.Add(2);
      gauge.Add(i % 2 == 0 ? 3 : -2);
      histogram.Observe(milliseconds(500));
    }
  });
  CHECK(counter.Value() == 2u * kThreads * kRounds);
  CHECK(gauge.Value() == kThreads * kRounds / 2);
  const auto snapshot = histogram.Read();
  CHECK(snapshot.count == uint64_t{kThreads} * kRounds);
  CHECK(snapshot.sum_seconds == doctest::Approx(0.5 * kThreads * kRounds));
}

TEST_CASE("a gauge holds what was set, also below zero") {
  Gauge gauge;
  gauge.Set(5);
  gauge.Add(-7);
  CHECK(gauge.Value() == -2);
}

TEST_CASE("an observation falls into the first bucket whose bound is not below it") {
  const std::vector<double> bounds = {0.001, 0.0025, 1, 300};
  Histogram histogram(bounds);
  histogram.Observe(microseconds(0));
  histogram.Observe(milliseconds(-5));
  histogram.Observe(milliseconds(1));  // a bound belongs to its bucket
  histogram.Observe(std::chrono::nanoseconds(1000001));
  histogram.Observe(microseconds(2500));
  histogram.Observe(seconds(300));
  histogram.Observe(seconds(301));
  const auto snapshot = histogram.Read();
  CHECK(snapshot.counts == std::vector<uint64_t>{3, 2, 0, 1, 1});
  CHECK(snapshot.count == 7);
  CHECK(snapshot.sum_seconds == doctest::Approx(601.004500001));
}

TEST_CASE("a histogram with as many buckets as cache lines allow keeps them apart") {
  for (size_t count = 0; count < 40; ++count) {
    std::vector<double> bounds;
    for (size_t i = 0; i < count; ++i) bounds.push_back(static_cast<double>(i + 1));
    Histogram histogram(bounds);
    for (size_t i = 0; i <= count; ++i) histogram.Observe(seconds(i) + milliseconds(1));
    CHECK(histogram.Read().counts == std::vector<uint64_t>(count + 1, 1));
  }
}

}  // namespace
}  // namespace longshore::metrics
