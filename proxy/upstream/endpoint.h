#pragma once

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <utility>

#include "proxy/upstream/address_reach.h"
#include "proxy/upstream/circuit_breaker.h"
#include "proxy/upstream/failure_log.h"
#include "proxy/upstream/token_source.h"

namespace longshore {

// One URL of an upstream: its tokens, and how it is doing. One for all loops; thread-safe.
class Endpoint {
 public:
  // `index` is its place among the upstream's URLs.
  Endpoint(int index, Credentials credentials, const Clock& clock)
      : index_(index),
        url_(credentials.url),
        clock_(clock),
        tokens_(std::move(credentials), clock),
        failures_(clock) {}

  int index() const { return index_; }
  const std::string& url() const { return url_; }
  TokenSource& tokens() { return tokens_; }
  FailureLog& failures() { return failures_; }
  // Of the same URL. True: others than before, and it was not them it asked for patience.
  bool SetCredentials(Credentials credentials);

  // May one request be sent there? Nothing: it kept failing, or asked to be left alone.
  std::optional<CircuitBreaker::Permit> TryEnter() {
    if (PatienceLeft() > Duration{0}) return std::nullopt;
    return breaker_.TryEnter();
  }
  // When that may change; zero: any time.
  Duration OpensIn() const { return std::max(PatienceLeft(), breaker_.OpensIn()); }
  const CircuitBreaker& breaker() const { return breaker_; }

  // It asked not to be asked for so long (Retry-After).
  void OnPatienceAsked(Duration patience);

  // How far inside it lies, as its address was seen last; public until then.
  AddressReach reach() const { return reach_.load(std::memory_order_relaxed); }
  void OnPeer(const std::string& address);

 private:
  static constexpr TimePoint::rep kNoPatience = TimePoint::min().time_since_epoch().count();
  Duration PatienceLeft() const;

  const int index_;
  const std::string url_;
  const Clock& clock_;
  TokenSource tokens_;
  FailureLog failures_;
  CircuitBreaker breaker_{{}, clock_};
  std::atomic<TimePoint::rep> patience_ends_{kNoPatience};
  std::atomic<AddressReach> reach_{AddressReach::kPublic};
};

}  // namespace longshore
