#include "cache/late_cache.h"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>

#include "cache/cache_impl.h"
#include "cache/index/rocks_index.h"
#include "cache/store/blob_files.h"
#include "cache/store/inventory.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fault_disk.h"
#include "tests/support/manual_executor.h"
#include "tests/support/temp_folder.h"

namespace longshore {
namespace {

using Trouble = CacheStats::Trouble;

// A cache that cannot be opened while `broken`.
struct LateBed {
  explicit LateBed(const Error& why = {Code::kIo, "no such device"})
      : cache(
            [this](const RebuildTerms& terms) -> Result<std::unique_ptr<Cache>> {
              ++tries;
              if (meanwhile) meanwhile(terms);
              if (broken) return Fail(failure, "cannot read it");
              return OpenCache({folder.path() + "/cache", 64 << 20}, disk, clock, pool,
                               OpenRocksIndex, terms);
            },
            why, 64 << 20, clock, pool) {}
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
  bool Shows(Trouble trouble) const {
    return cache.stats().troubles[static_cast<size_t>(trouble)] == 1;
  }

  bool broken = true;
  Code failure = Code::kIo;
  std::function<void(const RebuildTerms&)> meanwhile;
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
  CHECK(bed.Shows(Trouble::kIo));
}

TEST_CASE("while it cannot be opened, an operator is told so, whatever they ask") {
  LateBed bed;
  Inventory& inventory = bed.cache.inventory();
  const ImageName image{bed.repository, "1"};
  const auto is_refused = [](const auto& answer) {
    return !answer && answer.error().code == Code::kUnavailable;
  };
  CHECK(is_refused(inventory.Find(image)));
  CHECK(is_refused(inventory.ListTags({}, "", 10)));
  CHECK(is_refused(inventory.TakeSurvey()));
  CHECK(is_refused(inventory.Purge({image}, {})));
  CHECK(is_refused(inventory.PurgeContent(bed.digest, {})));
  CHECK(is_refused(inventory.Pin(image)));
  CHECK(is_refused(inventory.Unpin(image)));
  CHECK(is_refused(inventory.Verify(bed.digest)));
  CHECK(is_refused(inventory.ListBlobs("", 10)));
  CHECK_FALSE(inventory.IsPinned(bed.digest));
}

TEST_CASE("while it cannot be opened, tags are unknown, and manifests are not stored") {
  LateBed bed;
  std::optional<Result<ManifestLookup>> by_tag;
  std::optional<Result<ManifestLookup>> by_digest;
  std::optional<Result<std::vector<std::string>>> tags;
  std::optional<Status> stored;
  CHECK_FALSE(bed.cache.PeekTag(bed.repository, "1"));
  CHECK_FALSE(bed.cache.PeekManifest(bed.repository, bed.digest));
  bed.cache.LookupTag(bed.repository, "1", bed.executor, bed.Into(by_tag));
  bed.cache.LookupManifest(bed.repository, bed.digest, bed.executor, bed.Into(by_digest));
  bed.cache.ListTags(bed.repository, bed.executor, bed.Into(tags));
  bed.cache.StoreManifest(bed.repository, "1", nullptr, {}, bed.executor, bed.Into(stored));
  bed.cache.TouchTag(bed.repository, "1", bed.digest);
  bed.cache.ForgetTag(bed.repository, "1");
  bed.cache.ConfirmLink(bed.repository, bed.digest, 7);
  bed.cache.Distrust(bed.digest);
  bed.cache.CountWrongManifest();
  bed.Settle();
  CHECK(by_tag.value().error().code == Code::kIo);
  CHECK(by_digest.value().error().code == Code::kIo);
  CHECK(tags.value().error().code == Code::kIo);
  CHECK(stored.value().error().code == Code::kNoSpace);
  CHECK(bed.cache.stats().digest_mismatches == 1);
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
  CHECK_FALSE(bed.Shows(Trouble::kIo));
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

TEST_CASE("a rebuild goes on at the first tick, and says how far it is until the cache is open") {
  LateBed bed({Code::kUnavailable, "it takes too long for now"});
  bed.broken = false;
  CHECK(bed.cache.Degradation().find("of which 0 % are looked through") != std::string::npos);
  CHECK(bed.Shows(Trouble::kIndexDamaged));
  CHECK_FALSE(bed.Shows(Trouble::kIo));
  CHECK(bed.cache.stats().disk_errors == 0);
  bed.meanwhile = [&](const RebuildTerms& terms) {
    CHECK(terms.until == TimePoint::max());
    terms.tell(37);
    CHECK(bed.cache.Degradation().find("of which 37 % are looked through") != std::string::npos);
    std::optional<Result<OpenedFill>> opened;
    bed.cache.OpenFill(bed.digest, 7, bed.executor, bed.Into(opened));
    bed.executor.RunAll();
    CHECK(opened.value().error().code == Code::kNoSpace);
  };
  bed.Tick(1);
  CHECK(bed.tries == 1);
  CHECK(bed.cache.Degradation().empty());
  CHECK_FALSE(bed.Shows(Trouble::kIndexDamaged));
  CHECK(bed.cache.inventory().ListPins().value().empty());
}

TEST_CASE("a rebuild that the stop ends is no trouble of the disk, one that the disk ends is") {
  LateBed bed({Code::kUnavailable, "it takes too long for now"});
  bed.failure = Code::kCancelled;
  bed.Tick(1);
  CHECK(bed.tries == 1);
  CHECK_FALSE(bed.Shows(Trouble::kIo));
  bed.failure = Code::kIo;
  bed.Tick(5);
  CHECK(bed.tries == 2);
  CHECK(bed.Shows(Trouble::kIo));
  // And when it answers again, that is over.
  bed.broken = false;
  bed.meanwhile = [&](const RebuildTerms& terms) {
    terms.tell(50);
    CHECK_FALSE(bed.Shows(Trouble::kIo));
  };
  bed.Tick(5);
  CHECK(bed.tries == 3);
  CHECK(bed.cache.Degradation().empty());
}

// A second goes by between any two looks at it.
class HastyClock final : public Clock {
 public:
  TimePoint Now() const override { return TimePoint(Duration(now_ += 1'000)); }
  int64_t WallMillis() const override { return now_; }

 private:
  mutable std::atomic<int64_t> now_{0};
};

TEST_CASE("a start that would rebuild for long does not wait for it") {
  TempFolder folder;
  HastyClock clock;
  PosixDisk disk;
  ThreadPool pool(0);
  const Digest digest = Digest::Of("content");
  const std::filesystem::path path = folder.path() + "/" + BlobFiles::SealedPath(digest);
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << "content";
  std::ofstream(folder.path() + "/FORMAT") << "longshore cache 1\n";
  const auto cache = Cache::Open({folder.path(), 64 << 20}, disk, clock, pool);
  REQUIRE(cache);
  CHECK((*cache)->Degradation().find("the index is made anew") == 0);
  CHECK((*cache)->stats().used_bytes == 0);
  (*cache)->Tick();
  pool.RunQueued();
  CHECK((*cache)->Degradation().empty());
  CHECK((*cache)->inventory().Verify(digest).value().intact);
  pool.Stop();
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
