#include "proxy/upstream/endpoint.h"

namespace longshore {

bool Endpoint::SetCredentials(Credentials credentials) {
  const bool changed = tokens_.SetCredentials(std::move(credentials));
  if (changed) patience_ends_.store(kNoPatience);
  return changed;
}

void Endpoint::OnPatienceAsked(Duration patience) {
  const TimePoint::rep end = (clock_.Now() + patience).time_since_epoch().count();
  TimePoint::rep known = patience_ends_.load();
  while (known < end && !patience_ends_.compare_exchange_weak(known, end)) {
  }
}

Duration Endpoint::PatienceLeft() const {
  const TimePoint end{TimePoint::duration{patience_ends_.load()}};
  const TimePoint now = clock_.Now();
  return end <= now ? Duration{0} : std::chrono::ceil<Duration>(end - now);
}

void Endpoint::OnPeer(const std::string& address) {
  if (!address.empty()) reach_.store(ReachOf(address), std::memory_order_relaxed);
}

}  // namespace longshore
