#include "metrics/names.h"

#include <array>

namespace longshore::metrics {
namespace {

using Labels = std::span<const std::string_view>;
using Buckets = std::span<const double>;

// From an answer out of memory to a large layer over a slow link.
constexpr double kRequestBuckets[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                      1,     2.5,    5,     10,   30,    60,   120, 300};
// A loop that turns freely is late by some microseconds; one that blocks, by what it blocked on.
constexpr double kLagBuckets[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                  0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};

constexpr std::string_view kRequestLabels[] = {"upstream", "kind", "status", "verdict"};
constexpr std::string_view kKindVerdict[] = {"kind", "verdict"};
constexpr std::string_view kUpstream[] = {"upstream"};
constexpr std::string_view kOutcome[] = {"outcome"};
constexpr std::string_view kUpstreamRequestLabels[] = {"upstream", "kind", "method", "status"};
constexpr std::string_view kUpstreamReason[] = {"upstream", "reason"};
constexpr std::string_view kUpstreamKind[] = {"upstream", "kind"};
constexpr std::string_view kReason[] = {"reason"};
constexpr std::string_view kPart[] = {"part"};
constexpr std::string_view kListener[] = {"listener"};
constexpr std::string_view kScale[] = {"scale"};
constexpr std::string_view kLimit[] = {"limit"};
constexpr std::string_view kState[] = {"state"};
constexpr std::string_view kVersion[] = {"version"};

constexpr MetricInfo Count(std::string_view name, std::string_view help, Labels labels = {}) {
  return {name, Type::kCounter, help, labels, {}};
}
constexpr MetricInfo Level(std::string_view name, std::string_view help, Labels labels = {}) {
  return {name, Type::kGauge, help, labels, {}};
}
constexpr MetricInfo Times(std::string_view name, std::string_view help, Buckets buckets,
                           Labels labels = {}) {
  return {name, Type::kHistogram, help, labels, buckets};
}

constexpr std::array<MetricInfo, names::kCount> kTable = {{
    Count("longshore_requests_total",
          "Requests answered, by upstream, kind of route, class of status, and cache verdict.",
          kRequestLabels),
    Times("longshore_request_seconds",
          "From a request's head to the last byte of its answer, by kind of route and verdict.",
          kRequestBuckets, kKindVerdict),
    Count("longshore_client_bytes_total", "Bytes of bodies sent to clients.", kUpstream),
    Count("longshore_responses_cut_total",
          "Answers that ended short because their bytes could not be had.", kUpstreamKind),
    Level("longshore_connections", "Client connections open now."),
    Count("longshore_connections_total", "Client connections, accepted or refused at the cap.",
          kOutcome),
    Level("longshore_certificate_expiry_timestamp_seconds",
          "When a listener's certificate ends, since 1970-01-01 UTC.", kListener),
    Count("longshore_limit_refusals_total", "What was refused because a limit was reached.",
          kLimit),
    Level("longshore_reserved_memory_bytes", "What bodies and buffers may take up of max_memory."),

    Count("longshore_upstream_requests_total",
          "Requests to upstreams and their token servers, by kind, method and class of status.",
          kUpstreamRequestLabels),
    Count(
        "longshore_upstream_failures_total",
        "Requests to upstreams that gave nothing usable, or were not sent as it had failed before, "
        "by reason.",
        kUpstreamReason),
    Times("longshore_upstream_seconds",
          "From asking an upstream to the end of its answer, by kind.", kRequestBuckets,
          kUpstreamKind),
    Count("longshore_upstream_bytes_total", "Bytes of bodies received from upstreams.", kUpstream),
    Level("longshore_upstream_up",
          "0 while the last request to each of an upstream's URLs failed, else 1.", kUpstream),
    Level("longshore_upstream_breaker_open",
          "1 while an upstream is not asked, but for one probe at a time, as it kept failing.",
          kUpstream),
    Level("longshore_upstream_redirect_breakers_open",
          "Servers that an upstream redirects to, such as a CDN, that are not asked, but for one "
          "probe at a time, as they kept failing or asked for patience.",
          kUpstream),
    Level("longshore_upstream_ratelimit_limit",
          "Pulls that an upstream allows in its window, as it last said; gone when that is over.",
          kUpstream),
    Level("longshore_upstream_ratelimit_remaining",
          "Of these, the pulls that it still allowed when it last said so.", kUpstream),

    Level("longshore_fills_in_flight", "Blobs that are being fetched into the store now."),
    Count("longshore_fills_total", "Fetches of blobs into the store that ended, by outcome.",
          kOutcome),
    Count("longshore_digest_mismatches_total",
          "Objects whose bytes did not have the digest they were asked by; never served."),
    Count("longshore_prefetched_bytes_total",
          "Bytes fetched from upstreams because a manifest named them, before a client asked."),
    Count("longshore_prefetch_wasted_bytes_total",
          "Of those, what no client read within ten minutes."),
    Level("longshore_storage_used_bytes", "Bytes on disk that count against the budget."),
    Level("longshore_storage_capacity_bytes", "The byte budget of the store."),
    Count("longshore_evictions_total", "Objects removed to make room."),
    Count("longshore_evicted_bytes_total", "Bytes removed to make room."),
    Count("longshore_evicted_young_bytes_total",
          "Of those, bytes of blobs that were stored less than an hour before."),
    Level("longshore_cache_whatif_hit_ratio",
          "Share of requests that would be hits with this many times the disk, 0 to 1, estimated.",
          kScale),
    Level("longshore_cache_whatif_byte_hit_ratio",
          "Share of the bytes asked for that would be hits with this many times the disk.", kScale),
    Count("longshore_compressed_blobs_total", "Stored blobs that were compressed."),
    Count("longshore_compression_saved_bytes_total", "Bytes of disk that this gave back."),
    Count(
        "longshore_scrub_corrupt_blobs_total",
        "Stored blobs found not to have their digest's bytes any more, by the scrub or at a read."),
    Count("longshore_scrub_bytes_total", "Bytes of stored files read by the scrub."),
    Level("longshore_scrub_last_pass_time_seconds",
          "When the scrub last completed a pass over all blobs, since 1970-01-01 UTC; 0: never."),
    Level("longshore_storage_degraded",
          "1 while the store is degraded for this reason: what cannot be stored is relayed.",
          kReason),
    Count("longshore_storage_errors_total", "Failures of the local disk or of the index.", kPart),
    Level("longshore_index_memory_bytes", "What the index holds in memory, a few seconds ago.",
          kPart),
    Level("longshore_pool_jobs", "Jobs of the disk pool that are waiting or running."),

    Times("longshore_loop_lag_seconds", "How late event loops were for a timer.", kLagBuckets),
    Count("longshore_log_lines_lost_total",
          "Log lines that found no room, because what they are written to is too slow, or failed."),
    Level("longshore_build_info", "Always 1; the label says which build this is.", kVersion),
    Level("longshore_process_resident_bytes", "Memory of the process that is in RAM."),
    Level("longshore_process_heap_bytes",
          "The allocator's memory: in use, or free for the next use.", kState),
    Level("longshore_process_open_fds", "File descriptors open now."),
    Level("longshore_process_start_time_seconds",
          "When the process started, since 1970-01-01 UTC."),
}};

}  // namespace

std::span<const MetricInfo> Table() {
  return kTable;
}

const MetricInfo& Info(Name name) {
  return kTable[name];
}

std::string_view StatusClass(int status) {
  switch (status / 100) {
    case 1:
      return "1xx";
    case 2:
      return "2xx";
    case 3:
      return "3xx";
    case 4:
      return "4xx";
    case 5:
      return "5xx";
    default:
      return status == 0 ? "none" : "other";
  }
}

}  // namespace longshore::metrics
