#pragma once

#include <algorithm>
#include <atomic>
#include <optional>

#include "cache/base/clock.h"
#include "proxy/upstream/circuit_breaker.h"

namespace longshore {

// Whether a server is worth asking: it is left alone while it keeps failing, and while it asks for
// patience. One for all loops; thread-safe. Outlives the permits it gave.
class ServerHealth {
 public:
  explicit ServerHealth(const Clock& clock) : clock_(clock) {}

  // May one request be sent there? Nothing: it is left alone, or its probe is under way.
  std::optional<CircuitBreaker::Permit> TryEnter() {
    if (PatienceLeft() > Duration{0}) return std::nullopt;
    return breaker_.TryEnter();
  }
  // When that may change; zero: any time.
  Duration OpensIn() const { return std::max(PatienceLeft(), breaker_.OpensIn()); }
  const CircuitBreaker& breaker() const { return breaker_; }

  // It asked not to be asked for so long (Retry-After). The longest it asked for counts.
  void OnPatienceAsked(Duration patience);
  // It was somebody else it asked.
  void ForgetPatience() { patience_ends_.store(kNoPatience); }

 private:
  static constexpr TimePoint::rep kNoPatience = TimePoint::min().time_since_epoch().count();
  Duration PatienceLeft() const;

  const Clock& clock_;
  CircuitBreaker breaker_{{}, clock_};
  std::atomic<TimePoint::rep> patience_ends_{kNoPatience};
};

}  // namespace longshore
