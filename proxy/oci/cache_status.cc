#include "proxy/oci/cache_status.h"

namespace longshore {
namespace {

struct Words {
  std::string_view label;
  std::string_view forwarded;  // RFC 9211 §2.1 and §2.2; empty where the upstream was not asked
  std::string_view more;       // §2.6 collapsed, §2.8 detail
};

Words WordsOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNone:
      break;
    case Verdict::kHit:
      return {"hit", "", ""};
    case Verdict::kMiss:
      return {"miss", "miss", ""};
    case Verdict::kPartial:
      return {"partial", "partial", ""};
    case Verdict::kCollapsed:
      return {"collapsed", "miss", "; collapsed"};
    case Verdict::kRevalidated:
      return {"revalidated", "stale", "; detail=\"revalidated\""};
    case Verdict::kStale:
      return {"stale", "stale", "; detail=\"stale-if-error\""};
    case Verdict::kPass:
      return {"pass", "bypass", ""};
  }
  return {"none", "", ""};
}

}  // namespace

std::string_view ToString(Verdict verdict) {
  return WordsOf(verdict).label;
}

std::string FormatCacheStatus(Verdict verdict, std::optional<int> fwd_status) {
  if (verdict == Verdict::kNone) return {};
  if (verdict == Verdict::kHit) return "longshore; hit";
  const Words words = WordsOf(verdict);
  std::string value = "longshore; fwd=" + std::string(words.forwarded);
  if (fwd_status) value += "; fwd-status=" + std::to_string(*fwd_status);
  value += words.more;
  return value;
}

}  // namespace longshore
