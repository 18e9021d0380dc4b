#include "proxy/cache_metrics.h"

#include <array>
#include <atomic>
#include <cstdio>

#include "metrics/names.h"

namespace longshore {
namespace {

namespace names = metrics::names;

void ShowWhatIf(const Cache& cache, metrics::Registry& metrics) {
  for (size_t i = 0; i < CacheStats::kWhatIfScales.size(); ++i) {
    std::array<char, 16> scale{};  // "0.5"
    std::snprintf(scale.data(), scale.size(), "%g", CacheStats::kWhatIfScales[i]);
    metrics.SetCallback(names::kCacheWhatifHitRatio, {scale.data()},
                        [&cache, i] { return cache.stats().what_if[i].object.load(); });
    metrics.SetCallback(names::kCacheWhatifByteHitRatio, {scale.data()},
                        [&cache, i] { return cache.stats().what_if[i].byte.load(); });
  }
}

}  // namespace

void ShowCacheStats(const Cache& cache, metrics::Registry& metrics) {
  using Value = std::atomic<uint64_t> CacheStats::*;
  const auto show = [&](metrics::Name name, metrics::LabelValues labels, Value value) {
    metrics.SetCallback(name, labels, [&cache, value] {
      return static_cast<double>((cache.stats().*value).load());
    });
  };
  using Stats = CacheStats;
  show(names::kStorageUsedBytes, {}, &Stats::used_bytes);
  show(names::kStorageCapacityBytes, {}, &Stats::capacity_bytes);
  show(names::kIndexMemoryBytes, {"block_cache"}, &Stats::index_block_cache_bytes);
  show(names::kIndexMemoryBytes, {"write_buffers"}, &Stats::index_write_buffer_bytes);
  show(names::kIndexMemoryBytes, {"table_readers"}, &Stats::index_table_reader_bytes);
  show(names::kEvictionsTotal, {}, &Stats::evictions);
  show(names::kEvictedBytesTotal, {}, &Stats::evicted_bytes);
  show(names::kEvictedYoungBytesTotal, {}, &Stats::evicted_young_bytes);
  show(names::kCompressedBlobsTotal, {}, &Stats::compressed_blobs);
  show(names::kCompressionSavedBytesTotal, {}, &Stats::compression_saved_bytes);
  show(names::kDigestMismatchesTotal, {}, &Stats::digest_mismatches);
  show(names::kScrubCorruptBlobsTotal, {}, &Stats::corrupt_blobs);
  show(names::kScrubBytesTotal, {}, &Stats::scrubbed_bytes);
  show(names::kScrubLastPassTimeSeconds, {}, &Stats::scrub_last_pass_at);
  for (size_t i = 0; i < CacheStats::kTroubles; ++i) {
    metrics.SetCallback(names::kStorageDegraded, {CacheStats::kTroubleNames[i]}, [&cache, i] {
      return static_cast<double>(cache.stats().troubles[i].load());
    });
  }
  show(names::kStorageErrorsTotal, {"disk"}, &Stats::disk_errors);
  show(names::kStorageErrorsTotal, {"index"}, &Stats::index_errors);
  ShowWhatIf(cache, metrics);
}

}  // namespace longshore
