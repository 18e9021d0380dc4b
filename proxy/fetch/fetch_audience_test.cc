#include "proxy/fetch/fetch_audience.h"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/manual_executor.h"

namespace longshore {
namespace {

constexpr uint64_t kSize = 1 << 20;  // so much that what is held back does not matter here

RangeSet Bytes(ByteRange range) {
  RangeSet set;
  set.Add(range);
  return set;
}

struct Bench {
  void Add(std::vector<ByteRange> asked) {
    audience.Add({asked.front(), false, std::move(asked)}, executor,
                 [this](Result<FetchedBlob> fetched) { answers.push_back(std::move(*fetched)); });
  }
  void Note(RangeSet coming = {}) { audience.Note(*partial, std::move(coming)); }
  // What each who waits is told, in the order they came.
  std::vector<FetchedBlob> AnswerAll() {
    audience.AnswerAll(BlobView(partial));
    executor.RunAll();
    return std::exchange(answers, {});
  }

  FakeClock clock;
  ManualExecutor executor{clock};
  std::shared_ptr<PartialBlob> partial =
      std::make_shared<PartialBlob>(Digest::Of("x"), kSize, nullptr);
  FetchAudience audience{executor, [] {}};
  std::vector<FetchedBlob> answers;
};

TEST_CASE("who comes is told whether all, some or nothing of what it asks for is held") {
  Bench bench;
  bench.partial->Publish({100, 200});
  bench.Add({{100, 200}});
  bench.Add({{150, 250}});
  bench.Add({{500, 600}});
  bench.Add({{100, 150}, {700, 800}});
  bench.Note();
  const auto told = bench.AnswerAll();
  REQUIRE(told.size() == 4);
  CHECK(told[0].held == Held::kAll);
  CHECK(told[1].held == Held::kSome);
  CHECK(told[2].held == Held::kNothing);
  CHECK(told[3].held == Held::kSome);
}

TEST_CASE("what comes later does not change what was held") {
  Bench bench;
  bench.Add({{0, 100}});
  bench.Note();
  bench.partial->Publish({0, 100});
  bench.Note();
  CHECK(bench.AnswerAll().front().held == Held::kNothing);
}

TEST_CASE("collapsed is who needs nothing but what comes for others already") {
  Bench bench;
  bench.partial->Publish({0, 200});
  bench.Add({{0, 500}});    // the first: it comes for this one
  bench.Add({{100, 500}});  // the first waits for that
  bench.Add({{400, 600}});  // nobody does for the end of it
  bench.Add({{700, 800}});
  bench.Note();
  auto told = bench.AnswerAll();
  CHECK(!told[0].collapsed);
  CHECK(told[1].collapsed);
  CHECK(!told[2].collapsed);
  CHECK(!told[3].collapsed);

  bench.Add({{0, 100}});
  bench.Add({{700, kSize}});
  bench.Note(Bytes({200, kSize}));
  told = bench.AnswerAll();
  CHECK(told[0].held == Held::kAll);
  CHECK(!told[0].collapsed);
  CHECK(told[1].collapsed);
}

TEST_CASE("the first joins nobody, though all of it comes, and an empty blob is not held") {
  Bench bench;
  bench.Add({{0, kSize}});
  bench.Note(Bytes({0, kSize}));
  CHECK(!bench.AnswerAll().front().collapsed);
  bench.Add({{0, 0}});
  bench.Note();
  CHECK(bench.AnswerAll().front().held == Held::kNothing);
}

}  // namespace
}  // namespace longshore
