#include "cache/store/pruner.h"

#include <doctest/doctest.h>

#include "tests/support/machine.h"

namespace longshore {
namespace {

struct Bench {
  Bench() { bed = machine.Start(); }
  Catalog& catalog() { return bed->impl().parts().catalog; }
  void Wait(Duration time) {
    bed->clock().Advance(time);
    bed->Settle();
  }
  // A whole pass, however many steps it takes.
  void Pass() {
    Pruner pruner(catalog(), bed->impl().parts().budget, bed->clock());
    Wait(Pruner::kBetweenPasses);
    for (int i = 0; i < 20; ++i) pruner.Step();
  }
  size_t Count(Family family) {
    size_t count = 0;
    CHECK(catalog().Scan(family, "", "", [&](auto, auto) { return ++count > 0; }));
    return count;
  }

  Machine machine;
  std::unique_ptr<CacheBed> bed;
};

TEST_CASE("links and tags that lead nowhere are forgotten after a month, others never") {
  Bench bench;
  REQUIRE(bench.bed->Fill("stored"));
  const auto manifest = std::make_shared<const Manifest>(Manifest{Digest::Of("{}"), "json", "{}"});
  REQUIRE(bench.bed->Store("kept", manifest, {{Digest::Of("stored"), 6}, {Digest::Of("gone"), 4}}));
  (*bench.bed)->TouchTag(bench.bed->repository, "lost", Digest::Of("another"));
  bench.bed->Settle();
  CHECK(bench.Count(Family::kLink) == 4);
  bench.Pass();
  CHECK(bench.Count(Family::kLink) == 4);
  bench.Wait(Pruner::kForgetAfter);
  bench.Pass();
  CHECK(bench.Count(Family::kLink) == 2);
  CHECK(bench.Count(Family::kTag) == 1);
  auto bed = bench.machine.Restart(std::move(bench.bed));
  CHECK(bed->Blob(Digest::Of("stored"))->linked);
  CHECK_FALSE(bed->Blob(Digest::Of("gone"))->linked);
  CHECK(bed->Tag("kept")->manifest);
  CHECK_FALSE(bed->Tag("lost")->tag);
}

TEST_CASE("a pass goes through more than a chunk, and through damage") {
  Bench bench;
  IndexBatch batch;
  for (size_t i = 0; i < 2 * Pruner::kChunk + 10; ++i) {
    const auto key = LinkKey({"docker.io", "r" + std::to_string(i)}, Digest::Of("gone"));
    batch.Put(Family::kLink, *key, LinkRecord{1, 0, false}.Encode());
  }
  batch.Put(Family::kLink, "no names", LinkRecord{1, 0, false}.Encode());
  batch.Put(Family::kLink, "damaged", "\x01");
  REQUIRE(bench.machine.index.Commit(batch, Index::Sync::kNo));
  bench.Pass();
  CHECK(bench.Count(Family::kLink) == 2);
}

TEST_CASE("an index that outgrows its share is pruned at once") {
  Bench bench;
  REQUIRE(bench.bed->Store(
      "1", std::make_shared<const Manifest>(Manifest{Digest::Of("{}"), "json", "{}"}),
      {{Digest::Of("gone"), 4}}));
  bench.Wait(Pruner::kForgetSoon + Duration(1));
  Budget& budget = bench.bed->impl().parts().budget;
  Pruner pruner(bench.catalog(), budget, bench.bed->clock());
  pruner.Step();
  CHECK(bench.Count(Family::kLink) == 2);
  budget.IndexMeasured(100 << 20, budget.IndexGrowth());
  pruner.Step();
  CHECK(bench.Count(Family::kLink) == 1);
}

}  // namespace
}  // namespace longshore
