#include "proxy/admin/traffic_history.h"

#include <doctest/doctest.h>

namespace longshore {
namespace {

namespace names = metrics::names;
constexpr int64_t kMinute = 60'000;
constexpr int64_t kStart = 1'700'000'000'000 / kMinute * kMinute;

void Count(metrics::Registry& registry, std::string_view verdict, uint64_t count) {
  registry.GetCounter(names::kRequestsTotal, {"docker.io", "blob", "2xx", verdict}).Add(count);
}

TEST_CASE("what counters rose by belongs to the minute of the reading") {
  metrics::Registry registry;
  TrafficHistory history(registry);
  Count(registry, "hit", 3);
  history.Sample(kStart);
  Count(registry, "hit", 1);
  Count(registry, "miss", 2);
  history.Sample(kStart + 30'000);
  Count(registry, "collapsed", 5);
  registry.GetCounter(names::kClientBytesTotal, {"docker.io"}).Add(700);
  history.Sample(kStart + kMinute);
  const auto minutes = history.Minutes(kStart + kMinute);
  REQUIRE(minutes.size() == TrafficHistory::kMinutes);
  const TrafficMinute& before = minutes[TrafficHistory::kMinutes - 2];
  const TrafficMinute& now = minutes.back();
  CHECK(before.hits == 4);
  CHECK(before.misses == 2);
  CHECK(now.hits == 0);
  CHECK(now.misses == 5);
  CHECK(now.client_bytes == 700);
  CHECK(minutes.front().minute == kStart / kMinute - 58);
  CHECK(minutes.front().hits == 0);
}

TEST_CASE("what is older than an hour is forgotten") {
  metrics::Registry registry;
  TrafficHistory history(registry);
  Count(registry, "hit", 3);
  history.Sample(kStart);
  for (const TrafficMinute& minute : history.Minutes(kStart + 60 * kMinute)) {
    CHECK(minute.hits == 0);
  }
  Count(registry, "hit", 1);
  history.Sample(kStart + 60 * kMinute);
  CHECK(history.Minutes(kStart + 60 * kMinute).back().hits == 1);
}

TEST_CASE("an upstream's failures of the last five minutes are told") {
  metrics::Registry registry;
  TrafficHistory history(registry);
  const auto ask = [&](std::string_view status) {
    registry.GetCounter(names::kUpstreamRequestsTotal, {"quay.io", "blob", "GET", status}).Add();
  };
  for (const char* status : {"2xx", "4xx", "5xx", "none"}) ask(status);
  history.Sample(kStart);
  CHECK(history.Upstreams(kStart)["quay.io"].answers == 2);
  CHECK(history.Upstreams(kStart)["quay.io"].failures == 2);
  CHECK(history.Upstreams(kStart + 5 * kMinute).empty());
}

}  // namespace
}  // namespace longshore
