#include "proxy/upstream/circuit_breaker.h"

#include <algorithm>

namespace longshore {

CircuitBreaker::Permit::~Permit() {
  if (breaker_ != nullptr && is_probe_) breaker_->OnLeft(era_);
}

bool CircuitBreaker::Permit::Answered() {
  return breaker_ != nullptr && std::exchange(breaker_, nullptr)->OnAnswered(era_);
}

bool CircuitBreaker::Permit::Failed() {
  return breaker_ != nullptr && std::exchange(breaker_, nullptr)->OnFailed(era_);
}

std::optional<CircuitBreaker::Permit> CircuitBreaker::TryEnter() {
  const TimePoint now = clock_.Now();
  MutexLock lock(mutex_);
  if (is_closed_) return Permit(*this, era_, false);
  if (is_probing_ || now < paused_until_) return std::nullopt;
  is_probing_ = true;
  return Permit(*this, era_, true);
}

Duration CircuitBreaker::OpensIn() const {
  const TimePoint now = clock_.Now();
  MutexLock lock(mutex_);
  if (is_closed_ || now >= paused_until_) return Duration{0};
  return std::chrono::ceil<Duration>(paused_until_ - now);
}

bool CircuitBreaker::IsClosed() const {
  MutexLock lock(mutex_);
  return is_closed_;
}

bool CircuitBreaker::IsHealthy() const {
  MutexLock lock(mutex_);
  return is_closed_ && failed_ == 0;
}

bool CircuitBreaker::OnAnswered(uint64_t era) {
  MutexLock lock(mutex_);
  if (era != era_) return false;
  failed_ = 0;
  if (is_closed_) return false;
  is_closed_ = true;
  is_probing_ = false;
  pause_ = Duration{0};
  ++era_;
  return true;
}

bool CircuitBreaker::OnFailed(uint64_t era) {
  const TimePoint now = clock_.Now();
  MutexLock lock(mutex_);
  if (era != era_) return false;
  const bool was_closed = is_closed_;
  if (was_closed) {
    if (failed_++ == 0) first_failed_ = now;
    if (failed_ < policy_.failures || now - first_failed_ < policy_.least_span) return false;
  }
  Open(now);
  return was_closed;
}

void CircuitBreaker::Open(TimePoint now) {
  is_closed_ = false;
  is_probing_ = false;
  failed_ = 0;
  pause_ =
      pause_ == Duration{0} ? policy_.first_pause : std::min(pause_ * 2, policy_.longest_pause);
  paused_until_ = now + pause_;
  ++era_;
}

void CircuitBreaker::OnLeft(uint64_t era) {
  MutexLock lock(mutex_);
  if (era == era_) is_probing_ = false;
}

}  // namespace longshore
