#include "metrics/names.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

namespace longshore::metrics {
namespace {

// prometheus.io/docs/practices/naming: base units, _total on what only rises, _info on constants. A
// level whose unit is the thing it counts ends in that thing.
constexpr std::string_view kUnits[] = {
    "_total", "_seconds",  "_bytes", "_info", "_connections", "_in_flight", "_fds",
    "_jobs",  "_degraded", "_up",    "_open", "_limit",       "_remaining", "_ratio"};

bool EndsInUnit(std::string_view name) {
  return std::any_of(std::begin(kUnits), std::end(kUnits),
                     [name](std::string_view unit) { return name.ends_with(unit); });
}

bool IsPlain(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(),
                                      [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

TEST_CASE(
    "every metric has its own name with our prefix and a unit, and a help that is a sentence") {
  std::set<std::string_view> seen;
  CHECK(Table().size() == names::kCount);
  for (const MetricInfo& info : Table()) {
    CAPTURE(std::string(info.name));
    CHECK(info.name.starts_with("longshore_"));
    CHECK(IsPlain(info.name));
    CHECK(EndsInUnit(info.name));
    CHECK(seen.insert(info.name).second);
    CHECK(info.help.ends_with("."));
    CHECK(info.name.ends_with("_total") == (info.type == Type::kCounter));
    if (info.type == Type::kHistogram) CHECK(info.name.ends_with("_seconds"));
  }
}

TEST_CASE("no label can grow without bound, and none is the exporter's own") {
  const std::set<std::string_view> closed = {"upstream", "kind",   "status", "verdict", "outcome",
                                             "method",   "reason", "part",   "version", "listener",
                                             "scale",    "limit",  "state"};
  for (const MetricInfo& info : Table()) {
    CAPTURE(std::string(info.name));
    std::set<std::string_view> seen;
    for (const std::string_view label : info.labels) {
      CHECK(closed.count(label) == 1);
      CHECK(seen.insert(label).second);
    }
  }
}

TEST_CASE("histograms, and only they, have rising buckets") {
  for (const MetricInfo& info : Table()) {
    CAPTURE(std::string(info.name));
    CHECK((info.type == Type::kHistogram) == !info.buckets.empty());
    CHECK(std::adjacent_find(info.buckets.begin(), info.buckets.end(), std::greater_equal<>()) ==
          info.buckets.end());
  }
  CHECK(Info(names::kRequestSeconds).buckets.front() == doctest::Approx(0.001));
  CHECK(Info(names::kRequestSeconds).buckets.back() == doctest::Approx(300));
  CHECK(Info(names::kLoopLagSeconds).buckets.front() == doctest::Approx(0.0001));
  CHECK(Info(names::kLoopLagSeconds).buckets.back() == doctest::Approx(10));
}

TEST_CASE("each index of the enum is the metric it is called after") {
  struct Row {
    Name name;
    std::string_view text;
  };
  const Row rows[] = {
      {names::kRequestsTotal, "longshore_requests_total"},
      {names::kRequestSeconds, "longshore_request_seconds"},
      {names::kClientBytesTotal, "longshore_client_bytes_total"},
      {names::kResponsesCutTotal, "longshore_responses_cut_total"},
      {names::kConnections, "longshore_connections"},
      {names::kConnectionsTotal, "longshore_connections_total"},
      {names::kCertificateExpiry, "longshore_certificate_expiry_timestamp_seconds"},
      {names::kLimitRefusalsTotal, "longshore_limit_refusals_total"},
      {names::kReservedMemoryBytes, "longshore_reserved_memory_bytes"},
      {names::kUpstreamRequestsTotal, "longshore_upstream_requests_total"},
      {names::kUpstreamFailuresTotal, "longshore_upstream_failures_total"},
      {names::kUpstreamSeconds, "longshore_upstream_seconds"},
      {names::kUpstreamBytesTotal, "longshore_upstream_bytes_total"},
      {names::kUpstreamUp, "longshore_upstream_up"},
      {names::kUpstreamBreakerOpen, "longshore_upstream_breaker_open"},
      {names::kUpstreamRedirectBreakersOpen, "longshore_upstream_redirect_breakers_open"},
      {names::kUpstreamRatelimitLimit, "longshore_upstream_ratelimit_limit"},
      {names::kUpstreamRatelimitRemaining, "longshore_upstream_ratelimit_remaining"},
      {names::kFillsInFlight, "longshore_fills_in_flight"},
      {names::kFillsTotal, "longshore_fills_total"},
      {names::kDigestMismatchesTotal, "longshore_digest_mismatches_total"},
      {names::kStorageUsedBytes, "longshore_storage_used_bytes"},
      {names::kStorageCapacityBytes, "longshore_storage_capacity_bytes"},
      {names::kEvictionsTotal, "longshore_evictions_total"},
      {names::kPrefetchedBytesTotal, "longshore_prefetched_bytes_total"},
      {names::kPrefetchWastedBytesTotal, "longshore_prefetch_wasted_bytes_total"},
      {names::kEvictedBytesTotal, "longshore_evicted_bytes_total"},
      {names::kEvictedYoungBytesTotal, "longshore_evicted_young_bytes_total"},
      {names::kCacheWhatifHitRatio, "longshore_cache_whatif_hit_ratio"},
      {names::kCacheWhatifByteHitRatio, "longshore_cache_whatif_byte_hit_ratio"},
      {names::kCompressedBlobsTotal, "longshore_compressed_blobs_total"},
      {names::kCompressionSavedBytesTotal, "longshore_compression_saved_bytes_total"},
      {names::kScrubCorruptBlobsTotal, "longshore_scrub_corrupt_blobs_total"},
      {names::kScrubBytesTotal, "longshore_scrub_bytes_total"},
      {names::kScrubLastPassTimeSeconds, "longshore_scrub_last_pass_time_seconds"},
      {names::kStorageDegraded, "longshore_storage_degraded"},
      {names::kStorageErrorsTotal, "longshore_storage_errors_total"},
      {names::kIndexMemoryBytes, "longshore_index_memory_bytes"},
      {names::kPoolJobs, "longshore_pool_jobs"},
      {names::kLoopLagSeconds, "longshore_loop_lag_seconds"},
      {names::kLogLinesLostTotal, "longshore_log_lines_lost_total"},
      {names::kBuildInfo, "longshore_build_info"},
      {names::kProcessResidentBytes, "longshore_process_resident_bytes"},
      {names::kProcessHeapBytes, "longshore_process_heap_bytes"},
      {names::kProcessOpenFds, "longshore_process_open_fds"},
      {names::kProcessStartTimeSeconds, "longshore_process_start_time_seconds"},
  };
  CHECK(std::size(rows) == names::kCount);
  for (const Row& row : rows) CHECK(Info(row.name).name == row.text);
}

TEST_CASE("a status has one of few classes") {
  CHECK(StatusClass(0) == "none");
  CHECK(StatusClass(101) == "1xx");
  CHECK(StatusClass(200) == "2xx");
  CHECK(StatusClass(206) == "2xx");
  CHECK(StatusClass(304) == "3xx");
  CHECK(StatusClass(404) == "4xx");
  CHECK(StatusClass(599) == "5xx");
  CHECK(StatusClass(600) == "other");
  CHECK(StatusClass(99) == "other");
  CHECK(StatusClass(-200) == "other");
}

}  // namespace
}  // namespace longshore::metrics
