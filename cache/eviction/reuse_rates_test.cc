#include "cache/eviction/reuse_rates.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

namespace longshore {
namespace {

// Begins one wait a tick for `ticks` ticks, each as long as `wait` says, and learns at the end.
template <typename Wait>
ReuseRates LearnFrom(uint64_t ticks, Wait wait) {
  ReuseRates rates;
  std::vector<std::vector<uint64_t>> ending(ticks + 1);  // when they began
  for (uint64_t now = 0; now <= ticks; ++now) {
    for (const uint64_t began : ending[now]) rates.Used(0, began, now);
    rates.Began(0, now);
    const uint64_t length = wait();
    if (length > 0 && now + length <= ticks) ending[now + length].push_back(now);
    if (now % 100 == 0) rates.BeginEpoch(now);
  }
  rates.Learn(ticks);
  return rates;
}

TEST_CASE("uses fall into classes that grow with them, and never leave the last") {
  CHECK(ReuseRates::ClassOf(1) == 0);
  unsigned last = 0;
  for (unsigned uses = 2; uses <= ReuseRates::kMaxUses; ++uses) {
    const unsigned uses_class = ReuseRates::ClassOf(uses);
    REQUIRE((uses_class == last || uses_class == last + 1));
    last = uses_class;
  }
  CHECK(last == ReuseRates::kClasses - 1);
}

TEST_CASE("a rate that does not change with age is found at every age") {
  std::mt19937 random(1);
  std::exponential_distribution<double> wait(1 / 500.0);
  const ReuseRates rates =
      LearnFrom(200'000, [&] { return static_cast<uint64_t>(std::ceil(wait(random))); });
  for (const uint64_t age : {10u, 100u, 500u, 1500u}) {
    CAPTURE(age);
    CHECK(rates.Rate(0, age) == doctest::Approx(1 / 500.0).epsilon(0.15));
  }
}

TEST_CASE("those who wait still count: of what is never used again the rate falls") {
  std::mt19937 random(1);
  // One in ten is used again, within 100 ticks; the others wait for ever.
  const ReuseRates rates =
      LearnFrom(100'000, [&] { return random() % 10 == 0 ? 1 + random() % 100 : 0; });
  // A tenth of all over a hundred ticks.
  CHECK(rates.Rate(0, 50) == doctest::Approx(0.001).epsilon(0.15));
  CHECK(rates.Rate(0, 5'000) < 1e-5);
  CHECK(rates.Rate(0, 50'000) < 1e-6);
}

TEST_CASE("what is forgotten counts as long as it was waited for, and no longer") {
  ReuseRates rates;
  // All are forgotten at 1000 but for a tenth, used at 1500.
  for (uint64_t i = 0; i < 20'000; ++i) {
    const uint64_t began = i * 16;
    rates.Began(0, began);
    if (i % 10 == 0) {
      rates.Used(0, began, began + 1500);
    } else {
      rates.Forgotten(0, began, began + 1000);
    }
  }
  rates.Learn(20'000 * 16);
  // At [1024, 1536) only that tenth is at risk, 476 ticks each: they are all used there.
  CHECK(rates.Rate(0, 1280) == doctest::Approx(1 / 476.0).epsilon(0.2));
  CHECK(rates.Rate(0, 5000) < 1e-4);
}

TEST_CASE("whoever waits for a rate to come is promised the best stretch ahead") {
  // All are used again after 1000 ticks, none before.
  const ReuseRates rates = LearnFrom(100'000, [] { return uint64_t{1000}; });
  CHECK(rates.Rate(0, 10) == doctest::Approx(0.001).epsilon(0.2));
  CHECK(rates.Rate(0, 500) == doctest::Approx(1 / 500.0).epsilon(0.3));
  CHECK(rates.Rate(0, 3000) < 1e-4);
}

TEST_CASE("of what nothing was seen yet, many uses and a recent one promise more") {
  const ReuseRates rates;
  for (unsigned uses_class = 0; uses_class < ReuseRates::kClasses; ++uses_class) {
    for (uint64_t age = 1; age < 1'000'000; age *= 3) {
      REQUIRE(rates.Rate(uses_class, age) > rates.Rate(uses_class, age * 3));
      if (uses_class > 0) REQUIRE(rates.Rate(uses_class, age) > rates.Rate(uses_class - 1, age));
    }
  }
}

TEST_CASE("what was learned long ago gives way to what is seen now") {
  ReuseRates rates;
  uint64_t now = 0;
  const auto live = [&](uint64_t wait, int count) {
    for (int i = 0; i < count; ++i) {
      rates.Began(3, now);
      rates.Used(3, now, now + wait);
      now += wait;
    }
    rates.BeginEpoch(now);
    rates.Learn(now);
  };
  live(40, 200'000);
  const double before = rates.Rate(3, 40);
  live(400, 2'000'000);
  CHECK(rates.Rate(3, 40) < before / 20);
  CHECK(rates.Rate(3, 440) > rates.Rate(3, 40) * 5);
}

}  // namespace
}  // namespace longshore
