#include "bench/index/evictions.h"

#include <sys/resource.h>

#include <chrono>
#include <random>

#include "cache/index/charge.h"
#include "cache/index/rocks_index.h"
#include "tests/support/cache_bed.h"

namespace longshore::bench {
namespace {

using std::chrono::steady_clock;

constexpr size_t kNewBlob = 96 << 10;
constexpr uint64_t kARound = 64 * kNewBlob;
constexpr uint64_t kMemory = 32 << 20;

double SecondsSince(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

// With which the store is full.
Result<uint64_t> FullSize(const std::string& folder, Disk& disk) {
  const auto index = OpenRocksIndex(folder + "/index");
  if (!index) return tl::unexpected(index.error());
  const auto stored = (*index)->Counter(kStoredBytesKey);
  if (!stored) return tl::unexpected(stored.error());
  const auto usage = disk.FolderUsage(folder + "/index");
  if (!usage) return usage;
  return static_cast<uint64_t>(*stored) + *usage + Budget::Headroom(*usage);
}

std::string Noise(std::mt19937_64& random) {
  std::string bytes;
  bytes.reserve(kNewBlob);
  while (bytes.size() < kNewBlob) {
    const uint64_t word = random();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  return bytes;
}

class Filler {
 public:
  explicit Filler(CacheBed& bed) : bed_(bed) {}

  Status FillFor(double seconds, EvictionSpeed& speed) {
    const uint64_t evicted = Evicted();
    uint64_t fills = 0;
    double took = 0;
    while (took < seconds) {
      const std::string bytes = Noise(random_);
      const auto started = steady_clock::now();
      if (auto filled = bed_.Fill(bytes); !filled) return filled;
      took += SecondsSince(started);
      ++fills;
      const CacheStats& stats = bed_->stats();
      speed.over_budget = speed.over_budget || stats.used_bytes > stats.capacity_bytes;
    }
    speed.fills_per_second = static_cast<double>(fills) / took;
    speed.evicted_by_fills_per_second = static_cast<double>(Evicted() - evicted) / took;
    return {};
  }

  // Stops at `most`, too: what is evicted is not stored anew here.
  Status EvictFor(double seconds, uint64_t most, EvictionSpeed& speed) {
    const uint64_t evicted = Evicted();
    const auto started = steady_clock::now();
    while (SecondsSince(started) < seconds && Evicted() - evicted < most) {
      if (auto freed = EvictRound(); !freed) return freed;
    }
    const double took = SecondsSince(started);
    speed.evicted_in_rounds_per_second = static_cast<double>(Evicted() - evicted) / took;
    return {};
  }

  // What is reserved is held until the end: the store stays full.
  Status EvictRound() { return bed_.impl().parts().reclaimer.Reserve(kARound); }

 private:
  uint64_t Evicted() { return bed_->stats().evictions.load(); }

  CacheBed& bed_;
  std::mt19937_64 random_{1};
};

}  // namespace

Result<EvictionSpeed> MeasureEvictions(const std::string& folder, const IndexContent& content,
                                       double seconds) {
  PosixDisk disk;
  const auto full = FullSize(folder, disk);
  if (!full) return tl::unexpected(full.error());
  EvictionSpeed speed;
  const auto opening = steady_clock::now();
  CacheBed bed({folder, *full, kMemory, false}, disk, OpenRocksIndex);
  if (!bed.IsOpen()) return tl::unexpected(bed.open_error());
  speed.open_seconds = SecondsSince(opening);
  Filler filler(bed);
  const auto first = steady_clock::now();
  if (auto evicted = filler.EvictRound(); !evicted) return tl::unexpected(evicted.error());
  speed.first_seconds = SecondsSince(first);
  const auto loading = steady_clock::now();
  bed.Settle();
  speed.load_seconds = SecondsSince(loading);
  const uint64_t residents = bed.impl().parts().residents.Count();
  if (residents + bed->stats().evictions < content.blobs()) {
    return Fail(Code::kInternal, "the policy knows " + std::to_string(residents) + " residents");
  }
  if (auto filled = filler.FillFor(seconds, speed); !filled) return tl::unexpected(filled.error());
  if (auto freed = filler.EvictFor(seconds, content.blobs() / 4, speed); !freed) {
    return tl::unexpected(freed.error());
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  speed.peak_bytes = static_cast<uint64_t>(usage.ru_maxrss) << 10;
  return speed;
}

}  // namespace longshore::bench
