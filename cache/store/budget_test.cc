#include "cache/store/budget.h"

#include <doctest/doctest.h>

#include "cache/index/charge.h"

namespace longshore {
namespace {

constexpr uint64_t kCapacity = 100 << 20;

struct Bench {
  CacheStats stats;
  Budget budget{kCapacity, stats};
  uint64_t Free() const { return kCapacity - budget.Missing(kCapacity); }
};

TEST_CASE("space is taken until it is full, to the byte, and given back") {
  Bench bench;
  const uint64_t free = bench.Free();
  CHECK(free == kCapacity - Budget::Headroom(0));
  CHECK(bench.budget.TryReserve(free - 1));
  CHECK_FALSE(bench.budget.TryReserve(2));
  CHECK(bench.budget.TryReserve(1));
  CHECK(bench.budget.Missing(10) == 10);
  CHECK(bench.stats.used_bytes == free);
  bench.budget.Release(free);
  CHECK(bench.stats.used_bytes == 0);
  CHECK(bench.budget.ObjectBytes() == 0);
}

TEST_CASE("what is there already counts, even beyond the capacity") {
  Bench bench;
  bench.budget.Force(kCapacity + 5);
  CHECK(bench.budget.Missing(0) == 5 + Budget::Headroom(0));
  CHECK_FALSE(bench.budget.TryReserve(0));
  CHECK(bench.budget.CanHold(1 << 20));
}

TEST_CASE(
    "the index counts twice what it took in since it was measured, and its headroom with it") {
  Bench bench;
  bench.budget.IndexMeasured(1000, 0);
  CHECK(bench.stats.used_bytes == 1000);
  bench.budget.IndexGrew(300);
  CHECK(bench.stats.used_bytes == 1600);
  const uint64_t before = bench.budget.IndexGrowth();
  bench.budget.IndexGrew(50);  // while it is being measured
  bench.budget.IndexMeasured(1500, before);
  CHECK(bench.stats.used_bytes == 1600);
  CHECK(bench.Free() == kCapacity - 1600 - Budget::Headroom(1600));
}

TEST_CASE("what can never fit is known at once") {
  Bench bench;
  CHECK(bench.budget.CanHold(kCapacity - Budget::Headroom(0)));
  CHECK_FALSE(bench.budget.CanHold(kCapacity - Budget::Headroom(0) + 1));
  bench.budget.IndexMeasured(kCapacity, 0);
  CHECK_FALSE(bench.budget.CanHold(0));
}

TEST_CASE("a charge is whole blocks, never less than the file occupies") {
  CHECK(Charge(uint64_t{0}) == 4096);
  CHECK(Charge(3000) == 4096);
  CHECK(Charge(4096) == 8192);
  for (uint64_t size = 1; size < uint64_t{1} << 40; size = size * 3 + 1) {
    CHECK(Charge(size) >= RoundUpToBlocks(size));
    CHECK(Charge(size) % kBlock == 0);
    CHECK(Charge(size) <= size + size / 512 + 8192);
  }
  RangeSet pieces;
  pieces.Add({0, 1});
  pieces.Add({4095, 4097});
  pieces.Add({1 << 20, (1 << 20) + 1});
  CHECK(Charge(pieces) >= 4 * kBlock);
}

}  // namespace
}  // namespace longshore
