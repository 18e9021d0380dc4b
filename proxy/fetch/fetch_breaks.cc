#include "proxy/fetch/fetch_breaks.h"

#include <algorithm>

namespace longshore {

std::optional<Duration> FetchBreaks::OnBreak(TimePoint now, const Break& what) {
  if (now >= wait_ends_) {
    wait_ends_ = now;
    is_counted_ = false;
  }
  Duration wait = std::min(what.asked, kLongestWait);
  if (what.is_refusal) wait = std::max(wait, kFirstWait);
  const bool is_excused = what.is_refusal && what.others_deliver;
  if (!is_excused && !is_counted_) {
    if (count_ >= kMost) return std::nullopt;
    wait = std::max(wait, kFirstWait * (1 << count_));
    ++count_;
    is_counted_ = true;
  }
  wait_ends_ = std::max(wait_ends_, now + wait);
  return std::chrono::ceil<Duration>(wait_ends_ - now);
}

}  // namespace longshore
