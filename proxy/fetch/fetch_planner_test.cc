#include "proxy/fetch/fetch_planner.h"

#include <doctest/doctest.h>

#include <random>
#include <utility>

namespace longshore {
namespace {

constexpr uint64_t kMiB = 1024 * 1024;
constexpr uint64_t kChunk = FetchPlanner::kChunk;

TEST_CASE("a small range in the middle of a cold blob costs its chunk and no more") {
  const RangeSet present;
  const FetchState state{256 * kMiB, present, {}, {{100 * kMiB + 5, 100 * kMiB + 1029}}, false};
  const auto next = FetchPlanner::Urgent(state);
  REQUIRE(next);
  CHECK(next->range == ByteRange{100 * kMiB, 100 * kMiB + kChunk});
  CHECK(!FetchPlanner::Idle(state));
}

TEST_CASE("what is present is never asked for, even inside a chunk") {
  RangeSet present;
  present.Add({0, 1000});
  present.Add({2000, 3000});
  const FetchState state{10 * kMiB, present, {}, {{500, 2500}}, false};
  CHECK(FetchPlanner::Urgent(state)->range == ByteRange{1000, 2000});
}

TEST_CASE("a reader just ahead of a range under way waits for it, one far ahead gets its own") {
  const RangeSet present;
  FetchState state{64 * kMiB, present, {{0, 0, 64 * kMiB}}, {{kMiB / 2, kMiB}}, true};
  CHECK(!FetchPlanner::Urgent(state));
  state.wanted = {{40 * kMiB + 7, 40 * kMiB + 8}};
  const auto next = FetchPlanner::Urgent(state);
  REQUIRE(next);
  CHECK(next->range == ByteRange{40 * kMiB, 64 * kMiB});
  CHECK(next->cut == 0);
}

TEST_CASE("the whole is fetched gap by gap") {
  RangeSet present;
  present.Add({kMiB, 2 * kMiB});
  FetchState state{4 * kMiB, present, {}, {}, true};
  CHECK(FetchPlanner::Idle(state)->range == ByteRange{0, kMiB});
  state.active = {{0, 0, kMiB}};
  CHECK(FetchPlanner::Idle(state)->range == ByteRange{2 * kMiB, 4 * kMiB});
  state.active.push_back({2 * kMiB, 2 * kMiB, 4 * kMiB});
  CHECK(!FetchPlanner::Idle(state));
}

TEST_CASE("one free connection takes half of the largest range under way, unless it is small") {
  const RangeSet present;
  FetchState state{
      64 * kMiB, present, {{0, 0, 4 * kMiB}, {8 * kMiB, 10 * kMiB, 64 * kMiB}}, {}, true};
  const auto next = FetchPlanner::Steal(state, 1);
  REQUIRE(next);
  CHECK(next->range == ByteRange{37 * kMiB, 64 * kMiB});
  CHECK(next->cut == 1);
  state.active = {{0, 0, 4 * kMiB - 1}};
  CHECK(!FetchPlanner::Steal(state, 1));
}

TEST_CASE("seven free connections cost one cut of the range that one has, not seven") {
  const RangeSet present;
  FetchState state{64 * kMiB, present, {{0, 0, 64 * kMiB}}, {}, true};
  const auto first = FetchPlanner::Steal(state, 7);
  CHECK(first == NextSegment{{8 * kMiB, 16 * kMiB}, 0});
  state.active = {{0, 0, 8 * kMiB}, {8 * kMiB, 8 * kMiB, 16 * kMiB}};
  for (int free = 6; free > 0; --free) {
    const auto next = FetchPlanner::Idle(state);
    REQUIRE(next);
    const ByteRange range = FetchPlanner::ShareOf(*next, free).range;
    CHECK(range.size() == 8 * kMiB);
    state.active.push_back({range.begin, range.begin, range.end});
  }
  CHECK(!FetchPlanner::Idle(state));
}

TEST_CASE("free connections that are fewer than the ranges leave all with as much") {
  const RangeSet present;
  const FetchState state{
      64 * kMiB, present, {{0, 2 * kMiB, 32 * kMiB}, {32 * kMiB, 34 * kMiB, 64 * kMiB}}, {}, true};
  CHECK(FetchPlanner::Steal(state, 2) == NextSegment{{17 * kMiB, 32 * kMiB}, 0});
}

TEST_CASE("a range that ends soon is left alone, at its rate and seen from so far away") {
  const RangeSet present;
  FetchState state{64 * kMiB, present, {{0, 0, 8 * kMiB, 16 * kMiB + 1}}, {}, true};
  CHECK(!FetchPlanner::Steal(state, 1));
  state.active[0].rate = 16 * kMiB;
  CHECK(FetchPlanner::Steal(state, 1));
  state.way = Duration(126);
  CHECK(!FetchPlanner::Steal(state, 1));
  // Of two it is the one that takes longer, though it has less to come.
  state.active = {{0, 0, 32 * kMiB, 128 * kMiB}, {32 * kMiB, 32 * kMiB, 40 * kMiB, kMiB}};
  CHECK(FetchPlanner::Steal(state, 1)->cut == 1);
}

TEST_CASE("connections that are free at once share what is new, each at least a segment") {
  const NextSegment all{{0, 64 * kMiB}, std::nullopt};
  CHECK(FetchPlanner::ShareOf(all, 1).range == ByteRange{0, 64 * kMiB});
  CHECK(FetchPlanner::ShareOf(all, 0).range == ByteRange{0, 64 * kMiB});
  CHECK(FetchPlanner::ShareOf(all, 8).range == ByteRange{0, 8 * kMiB});
  CHECK(FetchPlanner::ShareOf({{5, 3 * kMiB}, std::nullopt}, 8).range == ByteRange{5, kMiB});
  CHECK(FetchPlanner::ShareOf({{0, kMiB + 1}, std::nullopt}, 8).range == ByteRange{0, kMiB + 1});
}

TEST_CASE("what is cut off a range is shared like what is new, and stays a cut") {
  CHECK(FetchPlanner::ShareOf({{0, 64 * kMiB}, 0}, 1) == NextSegment{{0, 64 * kMiB}, 0});
  CHECK(FetchPlanner::ShareOf({{0, 64 * kMiB}, 0}, 8) == NextSegment{{0, 8 * kMiB}, 0});
}

// The invariants, whatever comes: ranges lie inside the blob, touch nothing present, and overlap a
// range under way only where they cut it; all of what is cut off is taken, unless it is shared.
TEST_CASE("random states never ask for a byte twice") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto below = [&random](uint64_t n) {
    return std::uniform_int_distribution<uint64_t>(0, n - 1)(random);
  };
  for (int round = 0; round < 2000; ++round) {
    const uint64_t size = 1 + below(8 * kMiB);
    RangeSet present;
    RangeSet taken;
    for (uint64_t i = below(6); i > 0; --i) {
      const uint64_t begin = below(size);
      present.Add({begin, std::min(size, begin + 1 + below(kMiB))});
    }
    FetchState state{size, present, {}, {}, below(2) == 0};
    taken = present;
    for (uint64_t i = below(4); i > 0; --i) {
      const auto gap = taken.FirstGap({below(size), size});
      if (!gap) continue;
      state.active.push_back({gap->begin, gap->begin + below(gap->size()), gap->end});
      taken.Add(*gap);
    }
    for (uint64_t i = below(4); i > 0; --i) {
      const uint64_t begin = below(size);
      state.wanted.push_back({begin, begin + 1 + below(2 * kMiB)});
    }
    const int free = 1 + static_cast<int>(below(8));
    for (const auto& [next, sharers] : {std::pair{FetchPlanner::Urgent(state), 1},
                                        {FetchPlanner::Idle(state), 1},
                                        {FetchPlanner::Steal(state, 1), 1},
                                        {FetchPlanner::Steal(state, free), free}}) {
      if (!next) continue;
      REQUIRE(!next->range.empty());
      REQUIRE(next->range.end <= size);
      REQUIRE(present.Gaps(next->range) == std::vector<ByteRange>{next->range});
      for (size_t i = 0; i < state.active.size(); ++i) {
        const auto& active = state.active[i];
        const bool overlaps = next->range.begin < active.end && active.begin < next->range.end;
        REQUIRE(overlaps == (next->cut == i));
        if (!overlaps) continue;
        REQUIRE(next->range.begin >= active.position);
        REQUIRE(next->range.end <= active.end);
        if (sharers == 1) REQUIRE(next->range.end == active.end);
      }
    }
  }
}

}  // namespace
}  // namespace longshore
