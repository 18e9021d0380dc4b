#include "proxy/cache_metrics.h"

#include <array>
#include <atomic>
#include <cstdio>

#include "metrics/names.h"

namespace longshore {
namespace {

namespace names = metrics::names;

void ShowWhatIf(const CacheStats& stats, metrics::Registry& metrics) {
  for (size_t i = 0; i < stats.what_if.size(); ++i) {
    const CacheStats::HitRatios& ratios = stats.what_if[i];
    std::array<char, 16> scale{};  // "0.5"
    std::snprintf(scale.data(), scale.size(), "%g", CacheStats::kWhatIfScales[i]);
    metrics.SetCallback(names::kCacheWhatifHitRatio, {scale.data()},
                        [&ratios] { return ratios.object.load(); });
    metrics.SetCallback(names::kCacheWhatifByteHitRatio, {scale.data()},
                        [&ratios] { return ratios.byte.load(); });
  }
}

}  // namespace

void ShowCacheStats(const CacheStats& stats, metrics::Registry& metrics) {
  const auto show = [&metrics](metrics::Name name, metrics::LabelValues labels,
                               const std::atomic<uint64_t>& value) {
    metrics.SetCallback(name, labels, [&value] { return static_cast<double>(value.load()); });
  };
  show(names::kStorageUsedBytes, {}, stats.used_bytes);
  show(names::kStorageCapacityBytes, {}, stats.capacity_bytes);
  show(names::kEvictionsTotal, {}, stats.evictions);
  show(names::kEvictedBytesTotal, {}, stats.evicted_bytes);
  show(names::kEvictedYoungBytesTotal, {}, stats.evicted_young_bytes);
  show(names::kCompressedBlobsTotal, {}, stats.compressed_blobs);
  show(names::kCompressionSavedBytesTotal, {}, stats.compression_saved_bytes);
  show(names::kDigestMismatchesTotal, {}, stats.digest_mismatches);
  show(names::kScrubCorruptBlobsTotal, {}, stats.corrupt_blobs);
  show(names::kScrubBytesTotal, {}, stats.scrubbed_bytes);
  show(names::kScrubLastPassTimeSeconds, {}, stats.scrub_last_pass_at);
  for (size_t i = 0; i < CacheStats::kTroubles; ++i) {
    show(names::kStorageDegraded, {CacheStats::kTroubleNames[i]}, stats.troubles[i]);
  }
  show(names::kStorageErrorsTotal, {"disk"}, stats.disk_errors);
  show(names::kStorageErrorsTotal, {"index"}, stats.index_errors);
  ShowWhatIf(stats, metrics);
}

}  // namespace longshore
