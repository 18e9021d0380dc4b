#include "cache/store/first_reads.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/support/machine.h"

namespace longshore {
namespace {

namespace fs = std::filesystem;

const std::string kContent = [] {
  std::string bytes(3'000'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i >> 9);
  return bytes;
}();
const Digest kDigest = Digest::Of(kContent);
constexpr uint64_t kShown = 3'000'000 - PartialBlob::kHoldBack;

struct Bench {
  Bench() {
    machine.verify_first_read = true;
    bed = machine.Start();
    REQUIRE(bed->Fill(kContent));
    bed->clock().Advance(Duration(1000));
  }
  // As the proxy does it, before the pool has had a turn.
  BlobView Ask() {
    std::optional<Result<BlobLookup>> found;
    (*bed)->LookupBlob(bed->repository, kDigest, bed->executor(),
                       [&](Result<BlobLookup> lookup) { found = std::move(lookup); });
    bed->Settle();
    REQUIRE(found);
    REQUIRE((*found)->sealed);
    return BlobView((*found)->sealed);
  }

  Machine machine;
  std::unique_ptr<CacheBed> bed;
};

TEST_CASE("what was sealed since the start is not proven again") {
  Bench b;
  CHECK(b.Ask().IsProven());
  CHECK(b.Ask().sealed()->proof == nullptr);
}

TEST_CASE("until a blob is proven again its end is held back, then it is all there") {
  Machine machine;
  machine.verify_first_read = true;
  PosixDisk disk;
  FakeClock clock;
  ManualExecutor executor(clock);
  ThreadPool pool(0);
  const auto open_index = [&](const std::string&) -> Result<std::unique_ptr<Index>> {
    return std::make_unique<MemoryIndexView>(machine.index);
  };
  {
    auto bed = machine.Start();
    REQUIRE(bed->Fill(kContent));
  }
  clock.Advance(Duration(5000));  // past the moment of the seal
  CacheOptions options{machine.path(), 256 << 20, 4 << 20, false, Duration(0), true};
  auto cache = OpenCache(options, disk, clock, pool, open_index);
  REQUIRE(cache);
  bool rotten = false;
  SUBCASE("right") {}
  SUBCASE("wrong") {
    rotten = true;
    machine.FlipByte(BlobFiles::SealedPath(kDigest), 1'234'567);
  }
  SUBCASE("wrong in its last byte") {
    rotten = true;
    machine.FlipByte(BlobFiles::SealedPath(kDigest), kContent.size() - 1);
  }
  auto& parts = static_cast<CacheImpl&>(**cache).parts();
  BlobStore store(parts);
  pool.RunQueued();  // the policy and the upkeep
  auto found = store.Find(kDigest);
  REQUIRE(found);
  BlobView view(*found);
  REQUIRE_FALSE(view.IsProven());
  CHECK(view.ReadableFrom(0).readable_end == kShown);
  CHECK(view.ReadableFrom(kShown).state == PartialBlob::State::kFilling);
  // Others who ask meanwhile share the proof.
  CHECK(BlobView(*store.Find(kDigest)).sealed()->proof == (*found)->proof);
  bool woken = false;
  view.WaitFor({kShown, kContent.size()}, executor, [&] { woken = true; });
  executor.RunAll();
  CHECK_FALSE(woken);

  pool.RunQueued();
  executor.RunAll();
  CHECK(woken);
  CHECK((*cache)->stats().corrupt_blobs == (rotten ? 1 : 0));
  if (!rotten) {
    CHECK(view.ReadableFrom(0).readable_end == kContent.size());
    CHECK(parts.catalog.FindBlob(kDigest).value()->verified_at == clock.WallMillis());
    return;
  }
  CHECK(view.ReadableFrom(0).readable_end == kShown);
  CHECK(view.ReadableFrom(kShown).state == PartialBlob::State::kFailed);
  CHECK(view.ReadableFrom(kShown).error.code == Code::kCorrupt);
  // While somebody reads, it is absent; then it is in quarantine.
  CHECK(*store.Find(kDigest) == nullptr);
  found = nullptr;
  view = BlobView(std::make_shared<const SealedBlob>());
  CHECK(*store.Find(kDigest) == nullptr);
  CHECK_FALSE(fs::exists(machine.path() + "/" + BlobFiles::SealedPath(kDigest)));
  CHECK(fs::exists(machine.path() + "/quarantine/" + BlobFiles::StagingName(kDigest, 0)));
}

}  // namespace
}  // namespace longshore
