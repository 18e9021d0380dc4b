#include "metrics/registry.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

namespace longshore::metrics {
namespace {

const FamilySnapshot& FamilyOf(const std::vector<FamilySnapshot>& all, Name name) {
  return all.at(name);
}

double ValueOf(const SeriesSnapshot& series) {
  return std::get<double>(series.value);
}

TEST_CASE("equal labels are one series, different labels are two") {
  Registry registry;
  Counter& first = registry.GetCounter(names::kClientBytesTotal, {"docker.io"});
  CHECK(&first == &registry.GetCounter(names::kClientBytesTotal, {std::string("docker.io")}));
  CHECK(&first != &registry.GetCounter(names::kClientBytesTotal, {"quay.io"}));
  CHECK(&registry.GetHistogram(names::kRequestSeconds, {"a", "b"}) !=
        &registry.GetHistogram(names::kRequestSeconds, {"b", "a"}));
  CHECK(&registry.GetHistogram(names::kRequestSeconds, {"ab", ""}) !=
        &registry.GetHistogram(names::kRequestSeconds, {"a", "b"}));
}

TEST_CASE("a collection has every family, and zeros for what has no labels") {
  Registry registry;
  const auto all = registry.Collect();
  REQUIRE(all.size() == names::kCount);
  for (const FamilySnapshot& family : all) {
    CAPTURE(std::string(family.info->name));
    CHECK(family.series.size() == (family.info->labels.empty() ? 1 : 0));
  }
  CHECK(ValueOf(FamilyOf(all, names::kConnections).series[0]) == 0);
}

TEST_CASE("a collection shows what was counted") {
  Registry registry;
  registry.GetCounter(names::kRequestsTotal, {"docker.io", "blob", "2xx", "hit"}).Add(3);
  registry.GetGauge(names::kFillsInFlight).Add(2);
  registry.GetHistogram(names::kLoopLagSeconds).Observe(std::chrono::milliseconds(1));
  const auto all = registry.Collect();
  const auto& requests = FamilyOf(all, names::kRequestsTotal).series;
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].labels == std::vector<std::string>{"docker.io", "blob", "2xx", "hit"});
  CHECK(ValueOf(requests[0]) == 3);
  CHECK(ValueOf(FamilyOf(all, names::kFillsInFlight).series[0]) == 2);
  const auto& lag = FamilyOf(all, names::kLoopLagSeconds).series[0];
  CHECK(std::get<Histogram::Snapshot>(lag.value).count == 1);
}

TEST_CASE("a callback is read at each collection, and the last one set counts") {
  Registry registry;
  std::atomic<double> used{1};
  registry.SetCallback(names::kStorageUsedBytes, {}, [] { return 99.0; });
  registry.SetCallback(names::kStorageUsedBytes, {}, [&used] { return used.load(); });
  registry.SetCallback(names::kStorageErrorsTotal, {"disk"}, [] { return 7.0; });
  registry.GetCounter(names::kStorageErrorsTotal, {"index"}).Add(5);
  CHECK(ValueOf(FamilyOf(registry.Collect(), names::kStorageUsedBytes).series.at(0)) == 1);
  used = 2;
  const auto all = registry.Collect();
  CHECK(ValueOf(FamilyOf(all, names::kStorageUsedBytes).series.at(0)) == 2);
  const auto& errors = FamilyOf(all, names::kStorageErrorsTotal).series;
  REQUIRE(errors.size() == 2);
  CHECK(ValueOf(errors[0]) == 7);
  CHECK(ValueOf(errors[1]) == 5);
}

TEST_CASE("a callback that has no value shows no series, until it has one") {
  Registry registry;
  std::atomic<int> left{-1};
  registry.SetCallback(names::kUpstreamRatelimitRemaining, {"docker.io"},
                       [&left]() -> std::optional<double> {
                         if (left < 0) return std::nullopt;
                         return left.load();
                       });
  CHECK(FamilyOf(registry.Collect(), names::kUpstreamRatelimitRemaining).series.empty());
  left = 7;
  const auto all = registry.Collect();
  CHECK(ValueOf(FamilyOf(all, names::kUpstreamRatelimitRemaining).series.at(0)) == 7);
}

TEST_CASE("past its bound a family counts new label values together, and keeps the old ones") {
  Registry registry;
  for (size_t i = 0; i < Registry::kMaxSeries + 50; ++i) {
    registry.GetCounter(names::kClientBytesTotal, {std::to_string(i)}).Add(1);
  }
  registry.GetCounter(names::kClientBytesTotal, {"0"}).Add(1);
  const auto all = registry.Collect();
  const auto& series = FamilyOf(all, names::kClientBytesTotal).series;
  REQUIRE(series.size() == Registry::kMaxSeries + 1);
  CHECK(ValueOf(series.front()) == 2);
  CHECK(series.back().labels == std::vector<std::string>{"other"});
  CHECK(ValueOf(series.back()) == 50);
}

TEST_CASE("threads that race for new series all get the same ones, while others collect") {
  Registry registry;
  constexpr int kThreads = 4;
  constexpr int kSeries = 300;
  std::atomic<bool> done{false};
  std::thread collector([&] {
    while (!done) registry.Collect();
  });
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&registry] {
      for (int i = 0; i < kSeries; ++i) {
        registry.GetCounter(names::kClientBytesTotal, {std::to_string(i)}).Add(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  done = true;
  collector.join();
  const auto all = registry.Collect();
  const auto& series = FamilyOf(all, names::kClientBytesTotal).series;
  REQUIRE(series.size() == kSeries);
  for (const SeriesSnapshot& one : series) CHECK(ValueOf(one) == kThreads);
}

}  // namespace
}  // namespace longshore::metrics
