#include "proxy/admin/reload_requests.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

namespace longshore {
namespace {

using Outcome = ReloadReport::Outcome;

TEST_CASE("who asks wakes the one that reloads, and is among those it takes") {
  int woken = 0;
  ReloadRequests requests([&] { ++woken; });
  std::vector<std::string> seen;
  for (int i = 0; i < 2; ++i) {
    requests.Ask([&](const ReloadReport& report) { seen = report.changed; });
  }
  CHECK(woken == 2);
  auto waiting = requests.Take();
  REQUIRE(waiting.size() == 2);
  CHECK(requests.Take().empty());
  waiting.front()({Outcome::kDone, {"tag_ttl"}, {}, 0, {}});
  CHECK(seen == std::vector<std::string>{"tag_ttl"});
}

TEST_CASE("once closed, those who wait and those who ask later hear that it stops") {
  int woken = 0;
  ReloadRequests requests([&] { ++woken; });
  std::vector<Outcome> heard;
  const auto note = [&](const ReloadReport& report) { heard.push_back(report.outcome); };
  requests.Ask(note);
  requests.Close();
  requests.Ask(note);
  CHECK(heard == std::vector<Outcome>{Outcome::kStopping, Outcome::kStopping});
  CHECK(woken == 1);
}

TEST_CASE("each of many askers is answered once, whenever it asks") {
  constexpr int kAskers = 4;
  constexpr int kTimes = 500;
  std::atomic<int> woken{0};
  std::atomic<int> answered{0};
  ReloadRequests requests([&] { ++woken; });
  std::vector<std::thread> askers;
  for (int i = 0; i < kAskers; ++i) {
    askers.emplace_back([&] {
      for (int n = 0; n < kTimes; ++n) requests.Ask([&](const ReloadReport&) { ++answered; });
    });
  }
  for (int round = 0; round < kTimes; ++round) {
    for (auto& answer : requests.Take()) answer({});
  }
  requests.Close();
  for (std::thread& asker : askers) asker.join();
  CHECK(answered == kAskers * kTimes);
  CHECK(woken <= kAskers * kTimes);
}

}  // namespace
}  // namespace longshore
