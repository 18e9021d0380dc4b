#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace longshore::metrics {

enum class Type : uint8_t { kCounter, kGauge, kHistogram };

namespace names {
// Every metric there is: an index into the table. names.cc has its name, help, labels and buckets.
enum Name : uint8_t {
  // To clients.
  kRequestsTotal,      // upstream, kind, status, verdict
  kRequestSeconds,     // kind, verdict
  kClientBytesTotal,   // upstream
  kResponsesCutTotal,  // upstream, kind
  kConnections,
  kConnectionsTotal,    // outcome: accepted, refused
  kCertificateExpiry,   // listener
  kLimitRefusalsTotal,  // limit: connections, client, fills, client_fills, memory, client_memory
  kReservedMemoryBytes,
  // To upstreams.
  kUpstreamRequestsTotal,         // upstream, kind, method, status
  kUpstreamFailuresTotal,         // upstream, reason
  kUpstreamSeconds,               // upstream, kind
  kUpstreamBytesTotal,            // upstream
  kUpstreamUp,                    // upstream
  kUpstreamBreakerOpen,           // upstream
  kUpstreamRedirectBreakersOpen,  // upstream
  kUpstreamRatelimitLimit,        // upstream
  kUpstreamRatelimitRemaining,    // upstream
  // Fetches and the store.
  kFillsInFlight,
  kFillsTotal,  // outcome
  kDigestMismatchesTotal,
  kPrefetchedBytesTotal,
  kPrefetchWastedBytesTotal,
  kStorageUsedBytes,
  kStorageCapacityBytes,
  kEvictionsTotal,
  kEvictedBytesTotal,
  kEvictedYoungBytesTotal,
  kCacheWhatifHitRatio,      // scale: 0.5, 2, 4
  kCacheWhatifByteHitRatio,  // scale
  kCompressedBlobsTotal,
  kCompressionSavedBytesTotal,
  kScrubCorruptBlobsTotal,
  kScrubBytesTotal,
  kScrubLastPassTimeSeconds,
  kStorageDegraded,     // reason
  kStorageErrorsTotal,  // part: disk, index
  kIndexMemoryBytes,    // part: block_cache, write_buffers, table_readers
  kPoolJobs,
  // The process.
  kLoopLagSeconds,
  kLogLinesLostTotal,
  kBuildInfo,  // version
  kProcessResidentBytes,
  kProcessHeapBytes,  // state: used, free
  kProcessOpenFds,
  kProcessStartTimeSeconds,
  kCount,
};
}  // namespace names
using names::Name;

struct MetricInfo {
  std::string_view name;  // "longshore_requests_total"
  Type type = Type::kCounter;
  std::string_view help;
  std::span<const std::string_view> labels;  // without `region`, which the exporter adds
  std::span<const double> buckets;           // upper bounds in seconds, rising; histograms only
};

// Ordered by Name.
std::span<const MetricInfo> Table();
const MetricInfo& Info(Name name);

// "2xx" for 200…299 and so on; "none" for 0 (no answer); "other" for anything else.
std::string_view StatusClass(int status);

}  // namespace longshore::metrics
