#include "cache/store/partial_blob.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "tests/support/manual_executor.h"

namespace longshore {
namespace {

constexpr uint64_t kHold = PartialBlob::kHoldBack;
using State = PartialBlob::State;

struct Bench {
  explicit Bench(uint64_t size) : blob(Digest::Of("x"), size, nullptr) {}
  // How many waiters woke.
  size_t Woken() { return executor.RunAll(); }

  FakeClock clock;
  ManualExecutor executor{clock};
  PartialBlob blob;
};

constexpr uint64_t kGrain = 256;  // the random test below cuts at multiples of this

uint64_t ReadableBytes(const PartialBlob& blob) {
  uint64_t total = 0;
  for (uint64_t at = 0; at < blob.size();) {
    const uint64_t end = blob.ReadableFrom(at).readable_end;
    total += end - at;
    at = std::max(end, at + kGrain);
  }
  return total;
}

TEST_CASE("bytes are readable as soon as they are published") {
  Bench bench(1 << 20);
  bench.blob.Publish({0, 1000});
  CHECK(bench.blob.ReadableFrom(0).readable_end == 1000);
  CHECK(bench.blob.ReadableFrom(400).readable_end == 1000);
  CHECK(bench.blob.ReadableFrom(1000).readable_end == 1000);
  CHECK(bench.blob.ReadableFrom(0).state == State::kFilling);
  CHECK(bench.blob.Unreadable({100, 1000}).empty());
  CHECK(bench.blob.Unreadable({100, 1001}) == std::vector<ByteRange>{{1000, 1001}});
}

TEST_CASE("the end is held back until the proof") {
  Bench bench(1 << 20);
  bench.blob.Publish({0, 1 << 20});
  CHECK(bench.blob.ReadableFrom(0).readable_end == (1 << 20) - kHold);
  CHECK(bench.blob.Present().TotalBytes() == 1 << 20);
  bench.blob.Prove();
  CHECK(bench.blob.ReadableFrom(0).readable_end == 1 << 20);
  CHECK(bench.blob.ReadableFrom(0).state == State::kProven);
}

TEST_CASE("a small blob is held back whole") {
  Bench bench(100);
  bench.blob.Publish({0, 100});
  CHECK(bench.blob.ReadableFrom(0).readable_end == 0);
  bench.blob.Prove();
  CHECK(bench.blob.ReadableFrom(0).readable_end == 100);
}

TEST_CASE("an empty blob needs the proof, too") {
  Bench bench(0);
  CHECK(bench.blob.ReadableFrom(0).state == State::kFilling);
  bench.blob.WaitFor({0, 1}, bench.executor, [] {});
  CHECK(bench.Woken() == 0);
  bench.blob.Prove();
  CHECK(bench.Woken() == 1);
}

TEST_CASE("a waiter wakes once, when its byte is there") {
  Bench bench(1 << 20);
  bench.blob.WaitFor({5000, 5001}, bench.executor, [] {});
  bench.blob.Publish({0, 5000});
  CHECK(bench.Woken() == 0);
  bench.blob.Publish({5000, 6000});
  CHECK(bench.Woken() == 1);
  bench.blob.Publish({6000, 7000});
  CHECK(bench.Woken() == 0);
}

TEST_CASE("a waiter whose byte is there already wakes, but not inside the call") {
  Bench bench(1 << 20);
  bench.blob.Publish({0, 10});
  bool woken = false;
  bench.blob.WaitFor({3, 4}, bench.executor, [&] { woken = true; });
  CHECK_FALSE(woken);
  bench.Woken();
  CHECK(woken);
}

TEST_CASE("a failure wakes everyone and leaves what is readable") {
  Bench bench(1 << 20);
  bench.blob.Publish({0, 10});
  bench.blob.WaitFor({10, 11}, bench.executor, [] {});
  bench.blob.WaitFor({1 << 19, (1 << 19) + 1}, bench.executor, [] {});
  bench.blob.Fail({Code::kCorrupt, "wrong"});
  CHECK(bench.Woken() == 2);
  const auto view = bench.blob.ReadableFrom(4);
  CHECK(view.state == State::kFailed);
  CHECK(view.error.code == Code::kCorrupt);
  CHECK(view.readable_end == 10);
  bench.blob.WaitFor({50, 51}, bench.executor, [] {});
  CHECK(bench.Woken() == 1);
  bench.blob.Prove();
  CHECK(bench.blob.ReadableFrom(0).state == State::kFailed);
}

TEST_CASE("what is proven cannot fail any more") {
  Bench bench(1000);
  bench.blob.Publish({0, 1000});
  bench.blob.Prove();
  bench.blob.Fail({Code::kIo, "too late"});
  CHECK(bench.blob.ReadableFrom(0).state == State::kProven);
}

TEST_CASE("present and absent bytes are told to the fill") {
  Bench bench(1000);
  bench.blob.Publish({100, 200});
  bench.blob.Publish({900, 5000});  // clipped
  CHECK(bench.blob.Present().ToString() == "[100,200) [900,1000)");
  CHECK(bench.blob.PresentUntil(150) == 200);
  CHECK(bench.blob.Absent({150, 950}) == std::vector<ByteRange>{{200, 900}});
}

TEST_CASE(
    "whatever order bytes come in and whoever reads them, a whole blob is never readable "
    "unproven") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const uint64_t grains = random() % (random() % 4 == 0 ? 256 : 1536);
    const uint64_t size = grains * kGrain;
    Bench bench(size);
    std::vector<ByteRange> pieces;
    for (uint64_t at = 0; at < size;) {
      const uint64_t end = std::min(size, at + kGrain * (1 + random() % 256));
      pieces.push_back({at, end});
      if (random() % 5 == 0)
        pieces.push_back({at, std::min(size, end + 3 * kGrain)});  // overlaps the next
      at = end;
    }
    std::shuffle(pieces.begin(), pieces.end(), random);
    RangeSet ever_readable;  // by any reader together
    uint64_t last = 0;
    for (const ByteRange& piece : pieces) {
      bench.blob.Publish(piece);
      for (int reader = 0; reader < 4; ++reader) {
        const uint64_t from = size == 0 ? 0 : random() % size;
        ever_readable.Add({from, bench.blob.ReadableFrom(from).readable_end});
      }
      const uint64_t readable = ReadableBytes(bench.blob);
      REQUIRE(readable >= last);  // what was released stays so
      REQUIRE(readable + std::min(kHold, size) <= size);
      last = readable;
    }
    REQUIRE(ever_readable.TotalBytes() + std::min(kHold, size) <= size);
    REQUIRE(last == size - std::min(kHold, size));  // and no more than that is held back
    bench.blob.Prove();
    REQUIRE(ReadableBytes(bench.blob) == size);
  }
}

}  // namespace
}  // namespace longshore
