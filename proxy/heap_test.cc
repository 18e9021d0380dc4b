#include "proxy/heap.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "metrics/process.h"
#include "tests/support/manual_executor.h"

namespace longshore {
namespace {

// A sanitizer's allocator is not glibc's.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr size_t kBlock = 96 << 10;  // below the size that malloc maps by itself
constexpr size_t kBlocks = 1000;     // that are freed, and as many that are not
constexpr uint64_t kMost = kBlocks * kBlock;

TEST_CASE("what a burst left free between what is in use goes back within a minute") {
  FakeClock clock;
  ManualExecutor executor(clock);
  ThreadPool pool(0);
  const HeapTrimmer trimmer(executor, pool);
  const auto minute = [&] {
    clock.Advance(HeapTrimmer::kPeriod);
    executor.RunAll();
    pool.RunQueued();
  };
  minute();
  const uint64_t before = metrics::ResidentBytes();
  // Of one size: smaller ones could lie elsewhere, where other tests left room for them.
  std::vector<std::unique_ptr<std::string>> blocks;
  for (size_t i = 0; i < 2 * kBlocks; ++i) {
    blocks.push_back(std::make_unique<std::string>(kBlock, 'x'));
  }
  for (size_t i = 0; i < blocks.size(); i += 2) blocks[i].reset();
  CHECK(metrics::HeapBytes().free > kMost * 9 / 10);
  clock.Advance(HeapTrimmer::kPeriod - Duration(1));
  executor.RunAll();
  pool.RunQueued();
  const uint64_t kept = before + kMost;
  CHECK(metrics::ResidentBytes() > kept + kMost * 9 / 10);
  for (int i = 0; i < 2; ++i) {
    minute();
    CHECK(metrics::ResidentBytes() < kept + kMost / 10);
  }
}
#endif

}  // namespace
}  // namespace longshore
