#include "proxy/upstream/server_health.h"

namespace longshore {

void ServerHealth::OnPatienceAsked(Duration patience) {
  const TimePoint::rep end = (clock_.Now() + patience).time_since_epoch().count();
  TimePoint::rep known = patience_ends_.load();
  while (known < end && !patience_ends_.compare_exchange_weak(known, end)) {
  }
}

Duration ServerHealth::PatienceLeft() const {
  const TimePoint end{TimePoint::duration{patience_ends_.load()}};
  const TimePoint now = clock_.Now();
  return end <= now ? Duration{0} : std::chrono::ceil<Duration>(end - now);
}

}  // namespace longshore
