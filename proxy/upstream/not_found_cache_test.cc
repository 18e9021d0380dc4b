#include "proxy/upstream/not_found_cache.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/fake_clock.h"

namespace longshore {
namespace {

using std::chrono::seconds;

struct Fixture {
  void Add(const std::string& key) { cache.Add(key, clock.Now()); }

  FakeClock clock;
  NotFoundCache cache{seconds(10), clock};
};

TEST_CASE("what was not found is known for its time, and not a moment longer") {
  Fixture f;
  CHECK(!f.cache.Holds("a"));
  f.Add("a");
  CHECK(f.cache.Holds("a"));
  CHECK(!f.cache.Holds("b"));
  f.clock.Advance(Duration{9'999});
  CHECK(f.cache.Holds("a"));
  f.clock.Advance(Duration{1});
  CHECK(!f.cache.Holds("a"));
}

TEST_CASE("a slow answer is no newer than its question") {
  Fixture f;
  const TimePoint asked = f.clock.Now();
  f.clock.Advance(seconds(4));
  f.cache.Add("a", asked);
  f.clock.Advance(seconds(6));
  CHECK(!f.cache.Holds("a"));
  f.cache.Add("a", asked);
  CHECK(!f.cache.Holds("a"));
}

TEST_CASE("asked and missed again, it is known anew") {
  Fixture f;
  f.Add("a");
  f.clock.Advance(seconds(8));
  f.Add("a");
  f.clock.Advance(seconds(8));
  f.Add("b");  // the first entry of "a" goes, the second stays
  CHECK(f.cache.Holds("a"));
}

TEST_CASE("it does not grow beyond its bound: the oldest goes first") {
  Fixture f;
  for (size_t i = 0; i < NotFoundCache::kMost + 5; ++i) f.Add(std::to_string(i));
  CHECK(!f.cache.Holds("4"));
  CHECK(f.cache.Holds("5"));
  CHECK(f.cache.Holds(std::to_string(NotFoundCache::kMost + 4)));
}

TEST_CASE("without a time to live nothing is kept") {
  FakeClock clock;
  NotFoundCache cache(Duration{0}, clock);
  cache.Add("a", clock.Now());
  CHECK(!cache.Holds("a"));
}

}  // namespace
}  // namespace longshore
