#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace longshore {

// How a request was answered: one verdict a request, for Cache-Status (RFC 9211), the access log
// and the metrics.
enum class Verdict {
  kNone,         // answered by the proxy itself (ping, refusals): no Cache-Status header
  kHit,          // longshore; hit
  kMiss,         // longshore; fwd=miss
  kPartial,      // fwd=partial: some bytes were here, the rest was fetched
  kCollapsed,    // fwd=miss; collapsed: joined a fetch that was already running for all it lacked
  kRevalidated,  // fwd=stale; detail="revalidated": the upstream says what we hold still holds
  kStale,        // fwd=stale; detail="stale-if-error": the upstream failed, ours was served
  kPass,         // fwd=bypass: never stored (tags, referrers, no space)
};
inline constexpr std::array kAllVerdicts = {
    Verdict::kNone,      Verdict::kHit,         Verdict::kMiss,  Verdict::kPartial,
    Verdict::kCollapsed, Verdict::kRevalidated, Verdict::kStale, Verdict::kPass};

// "hit": the closed set of the `verdict` label, and of the access log.
std::string_view ToString(Verdict verdict);

// The header's value; empty for kNone. `fwd_status` is the upstream's status, when it answered.
std::string FormatCacheStatus(Verdict verdict, std::optional<int> fwd_status = std::nullopt);

}  // namespace longshore
