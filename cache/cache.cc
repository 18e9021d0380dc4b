#include "cache/cache.h"

#include <chrono>
#include <future>

#include "cache/base/log.h"
#include "cache/cache_impl.h"
#include "cache/health/disk_patience.h"
#include "cache/index/cache_folder.h"
#include "cache/index/index_folder.h"
#include "cache/index/rocks_index.h"
#include "cache/late_cache.h"

namespace longshore {
namespace {

// How long a start rebuilds before it goes on without: whoever waits for it, a service manager or a
// client in the queue of its socket, does not mind.
constexpr Duration kRebuildAtOnce{2'000};

// How long it waits for a disk that does not answer.
constexpr std::chrono::seconds kAnswersWithin{10};

using Opening = std::future<Result<std::unique_ptr<Cache>>>;

bool IsPatienceOver(const Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kCancelled;
}

}  // namespace

Result<std::unique_ptr<Cache>> OpenCache(CacheOptions options, Disk& disk, const Clock& clock,
                                         ThreadPool& pool, const IndexOpener& open_index,
                                         const RebuildTerms& terms) {
  if (options.size < Budget::kMinCapacity) {
    return Fail(Code::kInvalid,
                "cache.size must be at least 64MiB (the index alone may need some of that), not " +
                    std::to_string(options.size) + " bytes");
  }
  if (auto prepared = PrepareFolder(options.path, disk); !prepared) {
    return tl::unexpected(prepared.error());
  }
  IndexFolder folder(options.path, disk);
  auto index = folder.Open(open_index);
  if (!index) return tl::unexpected(index.error());
  auto cache = std::make_unique<CacheImpl>(options, disk, clock, pool, std::move(*index));
  auto recovered = cache->Recover(terms);
  if (!recovered && !IsPatienceOver(recovered.error()) && cache->parts().health.IsIndexDamaged()) {
    cache.reset();
    index = folder.Replace(open_index, recovered.error());
    if (!index) return tl::unexpected(index.error());
    cache = std::make_unique<CacheImpl>(options, disk, clock, pool, std::move(*index));
    recovered = cache->Recover(terms);
  }
  if (!recovered) return tl::unexpected(recovered.error());
  log::Info("cache", "open",
            {{"path", std::string_view(options.path)},
             {"used_bytes", cache->stats().used_bytes.load()},
             {"capacity_bytes", options.size}});
  return cache;
}

Result<std::unique_ptr<Cache>> Cache::Open(CacheOptions options, Disk& disk, const Clock& clock,
                                           ThreadPool& pool) {
  const uint64_t size = options.size;
  LateCache::Opener open = [options = std::move(options), &disk, &clock,
                            &pool](const RebuildTerms& terms) {
    return OpenCache(options, disk, clock, pool, OpenRocksIndex, terms);
  };
  // On a thread of its own, which a disk that does not answer may keep.
  auto first = std::make_shared<Opening>(
      std::async(std::launch::async, open, RebuildTerms{clock.Now() + kRebuildAtOnce, nullptr}));
  if (first->wait_for(kAnswersWithin) == std::future_status::timeout) {
    LateCache::Opener after_first = [open, first](const RebuildTerms& terms) {
      if (first->valid()) {
        if (auto opened = first->get()) return opened;
      }
      return open(terms);
    };
    return std::make_unique<LateCache>(std::move(after_first), DiskDoesNotAnswer(), size, clock,
                                       pool);
  }
  auto opened = first->get();
  if (opened || opened.error().code == Code::kInvalid) return opened;
  return std::make_unique<LateCache>(std::move(open), opened.error(), size, clock, pool);
}

}  // namespace longshore
