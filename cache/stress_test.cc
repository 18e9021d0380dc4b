// Real threads, real disk, RocksDB: threads_test (tests/CMakeLists.txt) runs it under
// ThreadSanitizer. Nothing here waits for time to pass.
#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <random>
#include <thread>

#include "cache/cache_impl.h"
#include "cache/index/rocks_index.h"
#include "cache/late_cache.h"
#include "tests/support/fake_clock.h"
#include "tests/support/manual_executor.h"
#include "tests/support/sealed_bytes.h"
#include "tests/support/temp_folder.h"

namespace longshore {
namespace {

const RepositoryKey kRepository{"docker.io", "library/debian"};

constexpr unsigned kBlobs = 32;

struct Blob {
  std::string content;
  Digest digest;
};

// Compressible by a third: there is always something to rewrite, and to evict as well.
Blob MakeBlob(unsigned n) {
  std::string bytes(100'000 + n * 150'000, static_cast<char>('a' + n % 26));
  std::mt19937 random(n);
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i % 64 < 40) bytes[i] = static_cast<char>(random());
  }
  const Digest digest = Digest::Of(bytes);
  return {std::move(bytes), digest};
}

// Made once: under ThreadSanitizer that takes longer than all that is done with them.
const Blob& BlobOf(unsigned n) {
  static const std::vector<Blob> blobs = [] {
    std::vector<Blob> made;
    for (unsigned i = 0; i < kBlobs; ++i) made.push_back(MakeBlob(i));
    return made;
  }();
  return blobs[n];
}

// One client on a thread of its own, as a loop of the proxy would be.
class Client {
 public:
  Client(Cache& cache, FakeClock& clock, unsigned seed)
      : cache_(cache), clock_(clock), executor_(clock), random_(seed) {}

  // Asks for what is stored, and finds nothing as long as the cache is not open.
  void AskUntilOpen() {
    while (!cache_.Degradation().empty()) {
      cache_.Tick();
      CHECK(cache_.stats().capacity_bytes > 0);
      (void)cache_.PeekBlob(kRepository, BlobOf(0).digest);
      (void)LookUp(BlobOf(0).digest);
    }
  }

  void Run(std::atomic<unsigned>& filling, unsigned rounds) {
    for (unsigned round = 0; round < rounds; ++round) {
      const unsigned n = static_cast<unsigned>(random_() % kBlobs);
      // An upkeep now and then; less than the ten seconds after which an operation counts as stuck,
      // whatever rounds others go through while the pool has no core.
      clock_.Advance(Duration(100));
      cache_.Tick();
      if (random_() % 3 == 0) {
        StoreAndLookUp(n);
      } else if (!Read(n)) {
        // One fill a digest at a time, as the proxy's fetch table sees to.
        const unsigned bit = 1u << n;
        if ((filling.fetch_or(bit) & bit) != 0) continue;
        Fill(n);
        filling.fetch_and(~bit);
      }
    }
  }

 private:
  template <typename T>
  T Await(const std::function<void(Cache::Callback<T>)>& ask) {
    std::optional<T> answer;
    ask([&](T value) { answer = std::move(value); });
    executor_.RunUntil([&] { return answer.has_value(); });
    return std::move(*answer);
  }

  bool Read(unsigned n) {
    const auto& [content, digest] = BlobOf(n);
    auto peeked = cache_.PeekBlob(kRepository, digest);
    auto found = peeked ? Result<BlobLookup>(*peeked) : LookUp(digest);
    REQUIRE(found);
    if (!found->sealed) return false;
    PosixDisk disk;
    CHECK(ReadIdentityBytes(*found->sealed, disk) == content);
    return true;
  }

  Result<BlobLookup> LookUp(const Digest& digest) {
    return Await<Result<BlobLookup>>(
        [&](auto done) { cache_.LookupBlob(kRepository, digest, executor_, std::move(done)); });
  }

  void Fill(unsigned n) {
    const auto& [content, digest] = BlobOf(n);
    auto opened = Await<Result<OpenedFill>>([&, &content = content, &digest = digest](auto done) {
      cache_.OpenFill(digest, content.size(), executor_, std::move(done));
    });
    if (!opened) {
      CHECK(opened.error().code == Code::kNoSpace);
      return;
    }
    if (std::holds_alternative<std::shared_ptr<const SealedBlob>>(*opened)) return;
    auto& fill = *std::get<std::unique_ptr<BlobFill>>(*opened);
    size_t pending = 0;
    bool woken = false;
    fill.partial()->WaitFor({content.size() - 1, content.size()}, executor_, [&] { woken = true; });
    for (uint64_t at = 0; at < content.size(); at += 250'000) {
      ++pending;
      fill.Write(at, content.substr(at, 250'000), [&](const Status& status) {
        CHECK(status);
        --pending;
      });
    }
    executor_.RunUntil([&] { return pending == 0; });
    if (random_() % 4 != 0) {
      CHECK(Await<Status>([&](auto done) { fill.Seal(std::move(done)); }));
    } else {
      fill.Abandon({Code::kCancelled, "changed my mind"});
    }
    executor_.RunUntil([&] { return woken; });
    cache_.ConfirmLink(kRepository, digest, content.size());
  }

  void StoreAndLookUp(unsigned n) {
    const std::string tag = "tag" + std::to_string(n % 4);
    const std::string bytes = "{" + std::to_string(n) + "}";
    const auto manifest =
        std::make_shared<const Manifest>(Manifest{Digest::Of(bytes), "json", bytes});
    CHECK(Await<Status>([&](auto done) {
      cache_.StoreManifest(kRepository, tag, manifest, {{BlobOf(n).digest, 1}}, executor_,
                           std::move(done));
    }));
    cache_.TouchTag(kRepository, tag, manifest->digest);
    if (random_() % 5 == 0) cache_.ForgetTag(kRepository, tag);
    const auto found = Await<Result<ManifestLookup>>(
        [&](auto done) { cache_.LookupTag(kRepository, tag, executor_, std::move(done)); });
    CHECK(found);
    cache_.PeekTag(kRepository, tag);
  }

  Cache& cache_;
  FakeClock& clock_;
  ManualExecutor executor_;
  std::mt19937 random_;
};

TEST_CASE("several loops at once read, fill, store and evict, and every byte is right") {
  TempFolder folder;
  PosixDisk disk;
  FakeClock clock;
  uint64_t compressed = 0;
  for (unsigned run = 1; run <= 2; ++run) {
    CAPTURE(run);
    ThreadPool pool(4);
    // The 32 blobs make about 74 MiB: there is always something to evict.
    auto cache = Cache::Open({folder.path(), 64 << 20, 1 << 20}, disk, clock, pool);
    REQUIRE(cache);
    std::atomic<unsigned> filling{0};
    {
      std::vector<std::jthread> clients;
      for (unsigned seed = 1; seed <= 3; ++seed) {
        clients.emplace_back(
            [&, seed] { Client(**cache, clock, run * 10 + seed).Run(filling, 60); });
      }
    }
    pool.Stop();
    CHECK(*disk.FolderUsage(folder.path()) <= 64 << 20);
    CHECK((*cache)->stats().disk_errors == 0);
    CHECK((*cache)->stats().index_errors == 0);
    compressed += (*cache)->stats().compressed_blobs;
  }
  CHECK(compressed > 0);
}

TEST_CASE("several loops at once ask while the index is made anew, and use the cache once it is") {
  TempFolder folder;
  PosixDisk disk;
  FakeClock clock;
  std::atomic<unsigned> filling{0};
  const CacheOptions options{folder.path(), 64 << 20, 1 << 20};
  {
    ThreadPool pool(2);
    auto cache = Cache::Open(options, disk, clock, pool);
    REQUIRE(cache);
    Client(**cache, clock, 1).Run(filling, 30);
    pool.Stop();
  }
  std::filesystem::remove_all(folder.path() + "/index");
  ThreadPool pool(4);
  LateCache cache(
      [&](const RebuildTerms& terms) {
        return OpenCache(options, disk, clock, pool, OpenRocksIndex, terms);
      },
      {Code::kUnavailable, "it takes too long for now"}, options.size, clock, pool);
  {
    std::vector<std::jthread> clients;
    for (unsigned seed = 1; seed <= 3; ++seed) {
      clients.emplace_back([&, seed] {
        Client client(cache, clock, seed);
        client.AskUntilOpen();
        client.Run(filling, 30);
      });
    }
  }
  pool.Stop();
  CHECK(*disk.FolderUsage(folder.path()) <= 64 << 20);
  CHECK(cache.stats().disk_errors == 0);
  CHECK(cache.stats().index_errors == 0);
}

}  // namespace
}  // namespace longshore
