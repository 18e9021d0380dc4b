#include "cache/base/byte_range.h"

#include <doctest/doctest.h>

#include <bitset>
#include <random>

namespace longshore {
namespace {

constexpr size_t kBits = 96;
using Model = std::bitset<kBits>;

RangeSet FromModel(const Model& model) {
  RangeSet set;
  for (size_t i = 0; i < kBits; ++i) {
    if (model[i]) set.Add({i, i + 1});
  }
  return set;
}

TEST_CASE("ranges that touch or overlap become one") {
  RangeSet set;
  set.Add({10, 20});
  set.Add({30, 40});
  set.Add({20, 30});
  CHECK(set.ToString() == "[10,40)");
  set.Add({5, 5});
  CHECK(set.ToString() == "[10,40)");
}

TEST_CASE("removing from the middle leaves both ends") {
  RangeSet set;
  set.Add({0, 100});
  set.Remove({40, 60});
  CHECK(set.ToString() == "[0,40) [60,100)");
  CHECK(set.TotalBytes() == 80);
}

TEST_CASE("gaps are what is absent, in order") {
  RangeSet set;
  set.Add({10, 20});
  set.Add({30, 40});
  CHECK(set.Gaps({0, 50}) == std::vector<ByteRange>{{0, 10}, {20, 30}, {40, 50}});
  CHECK(set.Gaps({12, 18}).empty());
  CHECK(set.FirstGap({15, 35}) == ByteRange{20, 30});
  CHECK_FALSE(set.FirstGap({50, 50}));
}

TEST_CASE("the first absent byte is never past the limit") {
  RangeSet set;
  set.Add({0, 100});
  CHECK(set.FirstAbsent(10, 50) == 50);
  CHECK(set.FirstAbsent(10, 200) == 100);
  CHECK(set.FirstAbsent(150, 200) == 150);
}

TEST_CASE("any sequence of operations agrees with a bitmap") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    RangeSet set;
    Model model;
    for (int step = 0; step < 60; ++step) {
      const uint64_t begin = random() % kBits;
      const uint64_t end = begin + random() % (kBits - begin + 1);
      const bool add = random() % 3 != 0;
      add ? set.Add({begin, end}) : set.Remove({begin, end});
      for (uint64_t i = begin; i < end; ++i) model[i] = add;

      REQUIRE(set.TotalBytes() == model.count());
      REQUIRE(set == FromModel(model));
      const uint64_t from = random() % kBits;
      const uint64_t to = from + random() % (kBits - from + 1);
      uint64_t absent = from;
      while (absent < to && model[absent]) ++absent;
      REQUIRE(set.FirstAbsent(from, to) == absent);
      REQUIRE(set.Contains({from, to}) == (absent == to));
      Model gaps;
      for (const ByteRange& gap : set.Gaps({from, to})) {
        REQUIRE_FALSE(gap.empty());
        for (uint64_t i = gap.begin; i < gap.end; ++i) gaps.set(i);
      }
      for (uint64_t i = from; i < to; ++i) REQUIRE(gaps[i] == !model[i]);
    }
  }
}

}  // namespace
}  // namespace longshore
