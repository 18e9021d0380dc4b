#include "cache/late_cache.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "cache/cache_impl.h"
#include "cache/index/rocks_index.h"
#include "cache/store/inventory.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fault_disk.h"
#include "tests/support/manual_executor.h"
#include "tests/support/temp_folder.h"

namespace longshore {
namespace {

// A cache that cannot be opened while `broken`.
struct LateBed {
  LateBed()
      : cache(
            [this]() -> Result<std::unique_ptr<Cache>> {
              ++tries;
              if (broken) return Fail(Code::kIo, "cannot read it");
              return OpenCache({folder.path() + "/cache", 64 << 20}, disk, clock, pool,
                               OpenRocksIndex);
            },
            {Code::kIo, "no such device"}, 64 << 20, clock, pool) {}
  ~LateBed() { pool.Stop(); }

  void Settle() {
    do {
      pool.RunQueued();
    } while (executor.RunAll() > 0 || pool.QueueDepth() > 0);
  }
  void Tick(int times) {
    for (int i = 0; i < times; ++i) {
      clock.Advance(Duration{1'000});
      cache.Tick();
      Settle();
    }
  }
  template <typename T>
  Cache::Callback<T> Into(std::optional<T>& answer) {
    return [&answer](T value) { answer = std::move(value); };
  }

  TempFolder folder;
  FakeClock clock;
  ManualExecutor executor{clock};
  ThreadPool pool{0};
  PosixDisk disk;
  bool broken = true;
  int tries = 0;
  LateCache cache;
  const RepositoryKey repository{"docker.io", "library/app"};
  const Digest digest = Digest::Of("content");
};

TEST_CASE("while it cannot be opened, nothing is found or stored, and it says so") {
  LateBed bed;
  CHECK_FALSE(bed.cache.PeekBlob(bed.repository, bed.digest));
  std::optional<Result<BlobLookup>> found;
  std::optional<Result<OpenedFill>> opened;
  bed.cache.LookupBlob(bed.repository, bed.digest, bed.executor, bed.Into(found));
  bed.cache.OpenFill(bed.digest, 7, bed.executor, bed.Into(opened));
  CHECK_FALSE(found);  // never inside the call
  bed.Settle();
  CHECK(found.value().error().code == Code::kIo);
  CHECK(opened.value().error().code == Code::kNoSpace);
  CHECK(bed.cache.inventory().ListPins().error().code == Code::kUnavailable);
  CHECK(bed.cache.Degradation() == "the cache cannot be opened: no such device");
  CHECK(bed.cache.stats().capacity_bytes == 64 << 20);
  CHECK(bed.cache.stats().troubles[static_cast<size_t>(CacheStats::Trouble::kIo)] == 1);
}

TEST_CASE("it is tried again every five seconds, and used from when that succeeds on") {
  LateBed bed;
  bed.Tick(4);
  CHECK(bed.tries == 0);
  bed.Tick(1);
  CHECK(bed.tries == 1);
  bed.broken = false;
  bed.Tick(4);
  CHECK(bed.tries == 1);
  bed.Tick(1);
  CHECK(bed.tries == 2);
  CHECK(bed.cache.Degradation().empty());
  CHECK(bed.cache.stats().troubles[static_cast<size_t>(CacheStats::Trouble::kIo)] == 0);
  CHECK(bed.cache.inventory().ListPins().value().empty());
  std::optional<Result<OpenedFill>> opened;
  bed.cache.OpenFill(bed.digest, 7, bed.executor, bed.Into(opened));
  bed.Settle();
  CHECK(opened.value().has_value());
  opened.reset();
  bed.Settle();
  bed.Tick(20);
  CHECK(bed.tries == 2);
}

TEST_CASE("a disk that fails is no reason not to open it, what only a person can mend is one") {
  TempFolder folder;
  FakeClock clock;
  ThreadPool pool(0);
  PosixDisk disk;
  std::ofstream(folder.path() + "/file") << "x";
  const auto mistaken = Cache::Open({folder.path() + "/file", 64 << 20}, disk, clock, pool);
  REQUIRE_FALSE(mistaken);
  CHECK(mistaken.error().code == Code::kInvalid);
  CHECK(mistaken.error().message.find("is a file: remove it") != std::string::npos);
  FaultPlan plan;
  FaultDisk failing(plan);
  plan.DieAt(1);
  const auto late = Cache::Open({folder.path() + "/cache", 64 << 20}, failing, clock, pool);
  REQUIRE(late);
  CHECK((*late)->Degradation().find("the cache cannot be opened") == 0);
  pool.Stop();
}

}  // namespace
}  // namespace longshore
