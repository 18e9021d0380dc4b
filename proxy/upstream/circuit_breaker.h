#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "cache/base/clock.h"
#include "cache/base/mutex.h"

namespace longshore {

// Keeps requests from a server that does not answer, so that they fail at once and it is left in
// peace.
//
//   closed ──`failures` in a row, over `least_span`──▶ open ──pause over──▶ half-open
//     ▲                                                 ▲                      │ one request, the
//     │                                                 └──it fails: twice the │ probe, is let
//     └────────────────────it is answered───────────────── pause, to a bound ──┘ through
//
// Only what was let through in the present state counts: what a request of an earlier one comes to
// is old news. Thread-safe; one leaf lock. Outlives its permits.
class CircuitBreaker {
 public:
  struct Policy {
    int failures = 5;
    // Requests that fail together are one incident, not a server that stays away.
    Duration least_span{1'000};
    Duration first_pause{1'000};
    Duration longest_pause{30'000};
  };

  // One request that was let through. It says once how it ended; destroyed before, it says nothing
  // (its asker left), and the next one may be the probe.
  class Permit {
   public:
    Permit(Permit&& other) noexcept
        : breaker_(std::exchange(other.breaker_, nullptr)),
          era_(other.era_),
          is_probe_(other.is_probe_) {}
    Permit& operator=(Permit&& other) noexcept {
      std::swap(breaker_, other.breaker_);
      std::swap(era_, other.era_);
      std::swap(is_probe_, other.is_probe_);
      return *this;
    }
    ~Permit();
    bool Answered();  // true: this closed it
    bool Failed();    // true: this opened what was closed

   private:
    friend class CircuitBreaker;
    Permit(CircuitBreaker& breaker, uint64_t era, bool is_probe)
        : breaker_(&breaker), era_(era), is_probe_(is_probe) {}

    CircuitBreaker* breaker_;  // null once it has said how it ended
    uint64_t era_;
    bool is_probe_;
  };

  CircuitBreaker(Policy policy, const Clock& clock) : policy_(policy), clock_(clock) {}

  // Nothing: open, or the probe is under way.
  std::optional<Permit> TryEnter();
  // How long it is until TryEnter can let something through; zero: it would now, or as soon as the
  // probe has ended.
  Duration OpensIn() const;
  bool IsClosed() const;
  // Closed, and the last request was answered.
  bool IsHealthy() const;

 private:
  bool OnAnswered(uint64_t era);
  bool OnFailed(uint64_t era);
  void OnLeft(uint64_t era);
  void Open(TimePoint now) REQUIRES(mutex_);

  const Policy policy_;
  const Clock& clock_;
  mutable Mutex mutex_;
  uint64_t era_ GUARDED_BY(mutex_) = 0;  // one more with each change of state
  bool is_closed_ GUARDED_BY(mutex_) = true;
  int failed_ GUARDED_BY(mutex_) = 0;  // in a row, while closed
  TimePoint first_failed_ GUARDED_BY(mutex_);
  Duration pause_ GUARDED_BY(mutex_){0};  // of the open state
  TimePoint paused_until_ GUARDED_BY(mutex_);
  bool is_probing_ GUARDED_BY(mutex_) = false;
};

}  // namespace longshore
