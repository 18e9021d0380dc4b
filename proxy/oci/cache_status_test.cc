#include "proxy/oci/cache_status.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace longshore {
namespace {

TEST_CASE("each verdict has the value that RFC 9211 gives it") {
  CHECK(FormatCacheStatus(Verdict::kNone).empty());
  CHECK(FormatCacheStatus(Verdict::kHit) == "longshore; hit");
  CHECK(FormatCacheStatus(Verdict::kHit, 200) == "longshore; hit");
  CHECK(FormatCacheStatus(Verdict::kMiss) == "longshore; fwd=miss");
  CHECK(FormatCacheStatus(Verdict::kMiss, 200) == "longshore; fwd=miss; fwd-status=200");
  CHECK(FormatCacheStatus(Verdict::kPartial) == "longshore; fwd=partial");
  CHECK(FormatCacheStatus(Verdict::kCollapsed) == "longshore; fwd=miss; collapsed");
  CHECK(FormatCacheStatus(Verdict::kRevalidated, 200) ==
        "longshore; fwd=stale; fwd-status=200; detail=\"revalidated\"");
  CHECK(FormatCacheStatus(Verdict::kStale) == "longshore; fwd=stale; detail=\"stale-if-error\"");
  CHECK(FormatCacheStatus(Verdict::kStale, 503) ==
        "longshore; fwd=stale; fwd-status=503; detail=\"stale-if-error\"");
  CHECK(FormatCacheStatus(Verdict::kPass) == "longshore; fwd=bypass");
}

TEST_CASE("labels are a closed set of different words") {
  std::set<std::string_view> labels;
  for (const Verdict verdict : kAllVerdicts) labels.insert(ToString(verdict));
  CHECK(labels == std::set<std::string_view>{"none", "hit", "miss", "partial", "collapsed",
                                             "revalidated", "stale", "pass"});
}

}  // namespace
}  // namespace longshore
