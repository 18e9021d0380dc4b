#include "proxy/fetch/fetch_breaks.h"

#include <algorithm>

namespace longshore {

bool FetchBreaks::Counts(const Break& what) const {
  const bool is_refusal = what.asked > Duration{0};
  const bool is_of_last = counted_at_ && what.began <= *counted_at_;
  return !is_of_last && !(is_refusal && what.others_deliver);
}

// Measured from the break on that makes the row as long as it may be.
bool FetchBreaks::IsAtStandstill(TimePoint now, uint64_t received) {
  if (count_ < kMost || received - moved_to_ >= kLeast) {
    moved_at_ = now;
    moved_to_ = received;
  }
  return now - moved_at_ >= kLeastSpan;
}

std::optional<Duration> FetchBreaks::OnBreak(TimePoint now, const Break& what) {
  // Whatever has a head seems to deliver.
  if (IsAtStandstill(now, what.received)) return std::nullopt;
  Duration wait = std::min(what.asked, kLongestWait);
  if (Counts(what)) {
    if (count_ >= kMost && !what.others_deliver) return std::nullopt;
    const Duration doubled = kFirstWait * (1 << std::min(count_, 8));
    wait = std::max(wait, std::min(doubled, kLongestWait));
    ++count_;
    counted_at_ = now;
  }
  wait_ends_ = std::max({wait_ends_, now, now + wait});
  return std::chrono::ceil<Duration>(wait_ends_ - now);
}

}  // namespace longshore
