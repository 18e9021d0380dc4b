#include "cache/store/first_reads.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "cache/health/disk_patience.h"
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

// The next start of a server that stored the blob, with the pool under the test's hand.
struct NextStart {
  NextStart() {
    machine.verify_first_read = true;
    auto before = machine.Start();
    REQUIRE(before->Fill(kContent));
    clock.Advance(Duration(5000));  // past the moment of the seal
  }
  void Start() {
    const CacheOptions options{machine.path(), 256 << 20, 4 << 20, false, Duration(0), true};
    auto opened = OpenCache(options, disk, clock, pool, [&](const std::string&) {
      return Result<std::unique_ptr<Index>>(std::make_unique<MemoryIndexView>(machine.index));
    });
    REQUIRE(opened);
    cache = std::move(*opened);
    store.emplace(parts());
    pool.RunQueued();  // the policy and the upkeep
  }
  CacheParts& parts() { return static_cast<CacheImpl&>(*cache).parts(); }
  std::shared_ptr<const SealedBlob> Find() { return store->Find(kDigest).value(); }

  Machine machine;
  PosixDisk disk;
  FakeClock clock;
  ManualExecutor executor{clock};
  ThreadPool pool{0};
  std::unique_ptr<Cache> cache;
  std::optional<BlobStore> store;
};

TEST_CASE("until a blob is proven again its end is held back, then it is all there") {
  NextStart next;
  bool rotten = false;
  SUBCASE("right") {}
  SUBCASE("wrong") {
    rotten = true;
    next.machine.FlipByte(BlobFiles::SealedPath(kDigest), 1'234'567);
  }
  SUBCASE("wrong in its last byte") {
    rotten = true;
    next.machine.FlipByte(BlobFiles::SealedPath(kDigest), kContent.size() - 1);
  }
  next.Start();
  auto found = next.Find();
  BlobView view(found);
  REQUIRE_FALSE(view.IsProven());
  CHECK(view.ReadableFrom(0).readable_end == kShown);
  CHECK(view.ReadableFrom(kShown).state == PartialBlob::State::kFilling);
  // Others who ask meanwhile share the proof.
  CHECK(next.Find()->proof == found->proof);
  bool woken = false;
  view.WaitFor({kShown, kContent.size()}, next.executor, [&] { woken = true; });
  next.executor.RunAll();
  CHECK_FALSE(woken);

  next.pool.RunQueued();
  next.executor.RunAll();
  CHECK(woken);
  CHECK(next.cache->stats().corrupt_blobs == (rotten ? 1 : 0));
  if (!rotten) {
    CHECK(view.ReadableFrom(0).readable_end == kContent.size());
    CHECK(next.parts().catalog.FindBlob(kDigest).value()->verified_at == next.clock.WallMillis());
    return;
  }
  CHECK(view.ReadableFrom(0).readable_end == kShown);
  CHECK(view.ReadableFrom(kShown).state == PartialBlob::State::kFailed);
  CHECK(view.ReadableFrom(kShown).error.code == Code::kCorrupt);
  // While somebody reads, it is absent; then it is in quarantine.
  CHECK(next.Find() == nullptr);
  found = nullptr;
  view = BlobView(std::make_shared<const SealedBlob>());
  CHECK(next.Find() == nullptr);
  const std::string path = next.machine.path();
  CHECK_FALSE(fs::exists(path + "/" + BlobFiles::SealedPath(kDigest)));
  CHECK(fs::exists(path + "/quarantine/" + BlobFiles::StagingName(kDigest, 0)));
}

TEST_CASE("nobody waits for a proof that a disk holds up which does not answer") {
  NextStart next;
  next.Start();
  const BlobView view(next.Find());
  for (Duration stuck{0}; stuck < DiskPatience::kLasts; stuck += Duration{1'000}) {
    next.parts().first_reads.DiskIsStuck();
    next.clock.Advance(Duration{1'000});
  }
  CHECK(view.ReadableFrom(kShown).state == PartialBlob::State::kFilling);
  next.parts().first_reads.DiskIsStuck();
  CHECK(view.ReadableFrom(kShown).state == PartialBlob::State::kFailed);
  CHECK(view.ReadableFrom(kShown).error.code == Code::kIo);
  CHECK(view.ReadableFrom(0).readable_end == kShown);
  // It answers again.
  const BlobView later(next.Find());
  CHECK(later.ReadableFrom(kShown).state == PartialBlob::State::kFilling);
  next.pool.RunQueued();
  CHECK(later.ReadableFrom(0).readable_end == kContent.size());
  CHECK(next.cache->stats().corrupt_blobs == 0);
}

}  // namespace
}  // namespace longshore
