#include "cache/eviction/what_if.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <random>

#include "cache/index/charge.h"

namespace longshore {
namespace {

using Object = EvictionPolicy::Object;

void Note(WhatIf& what_if, Object object) {
  what_if.Note({&object, 1});
}

// Half of all requests follow a Zipf law over 20,000 blobs, every fourth is a one-hit wonder. Sizes
// are log-uniform from a block to 4096 blocks.
class Requests {
 public:
  Object Next() {
    ++count_;
    const uint64_t name =
        count_ % 4 == 0 ? 1'000'000 + count_ : static_cast<uint64_t>(std::pow(20'000, Uniform()));
    const uint64_t key = Mix(name);
    const double share = std::ldexp(static_cast<double>(Mix(key) >> 11), -53);
    return {key & kMaxObjectKey & ~ObjectKey{3},
            static_cast<uint64_t>(std::pow(4096, share)) * kBlock};
  }

 private:
  double Uniform() { return std::ldexp(static_cast<double>(random_() >> 11), -53); }
  static uint64_t Mix(uint64_t x) {
    std::mt19937_64 once(x);
    return once();
  }

  std::mt19937_64 random_{1};
  uint64_t count_ = 0;
};

// What a cache of that capacity really reaches.
struct Exact {
  explicit Exact(uint64_t bytes) : capacity(bytes) {}

  void Ask(Object object) {
    ++requests;
    if (policy->Access(object.key) > 0) {
      ++hits;
      return;
    }
    if (object.bytes > capacity) return;
    while (policy->Bytes() + object.bytes > capacity) (void)policy->TakeVictim();
    policy->Insert(object);
  }

  std::unique_ptr<EvictionPolicy> policy = MakeEvictionPolicy();
  uint64_t capacity;
  double requests = 0;
  double hits = 0;
};

constexpr uint64_t kCapacity = 2'000'000 * kBlock;

TEST_CASE("a sample of the objects tells what other sizes would give") {
  CacheStats stats;
  WhatIf what_if(kCapacity, stats, 1500);
  std::array<Exact, 3> exact{Exact(kCapacity / 2), Exact(kCapacity * 2), Exact(kCapacity * 4)};
  Requests requests;
  for (int i = 0; i < 60'000; ++i) {
    const Object object = requests.Next();
    Note(what_if, object);
    for (Exact& cache : exact) cache.Ask(object);
    if (i % 1000 == 999) what_if.CatchUp();
  }
  CHECK(what_if.SampledShare() <= 0.25);
  for (size_t i = 0; i < exact.size(); ++i) {
    CAPTURE(i);
    const double reached = exact[i].hits / exact[i].requests;
    CHECK(std::abs(stats.what_if[i].object - reached) < 0.03);
  }
  // They differ, so that agreeing says something.
  CHECK(exact[2].hits > exact[0].hits * 1.05);
}

TEST_CASE("while everything fits the sample, the ghost caches are exact") {
  CacheStats stats;
  WhatIf what_if(100 * kBlock, stats);
  Exact half(50 * kBlock);
  Requests requests;
  for (int i = 0; i < 5'000; ++i) {
    Object object = requests.Next();
    object.bytes = std::min(object.bytes, 20 * kBlock);
    Note(what_if, object);
    half.Ask(object);
    if (i % 50 == 49) what_if.CatchUp();
  }
  CHECK(what_if.SampledShare() == 1);
  CHECK(stats.what_if[0].object == doctest::Approx(half.hits / half.requests));
  CHECK(stats.what_if[0].object > 0);
}

TEST_CASE("bytes are told apart from objects, and what no size would hold is a miss") {
  CacheStats stats;
  WhatIf what_if(100 * kBlock, stats);
  for (int i = 0; i < 10; ++i) {
    Note(what_if, {4, kBlock});
    Note(what_if, {8, 150 * kBlock});
    Note(what_if, {12, 1000 * kBlock});
  }
  what_if.CatchUp();
  CHECK(stats.what_if[0].object == doctest::Approx(9 / 30.0));
  CHECK(stats.what_if[1].object == doctest::Approx(18 / 30.0));
  CHECK(stats.what_if[0].byte == doctest::Approx(9 / 11510.0));
  CHECK(stats.what_if[1].byte == doctest::Approx(9 * 151 / 11510.0));
}

TEST_CASE("extents are no requests, and without any the ratios are 0") {
  CacheStats stats;
  WhatIf what_if(100 * kBlock, stats);
  for (int i = 0; i < 2; ++i) Note(what_if, {8 | uint64_t{1}, kBlock});
  what_if.CatchUp();
  CHECK(stats.what_if[2].object == 0);
  CHECK(stats.what_if[2].byte == 0);
}

}  // namespace
}  // namespace longshore
