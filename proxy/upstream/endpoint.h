#pragma once

#include <atomic>
#include <string>
#include <utility>

#include "proxy/upstream/address_reach.h"
#include "proxy/upstream/failure_log.h"
#include "proxy/upstream/server_health.h"
#include "proxy/upstream/token_source.h"

namespace longshore {

// One URL of an upstream: its tokens, and how it is doing. One for all loops; thread-safe.
class Endpoint {
 public:
  // `index` is its place among the upstream's URLs.
  Endpoint(int index, Credentials credentials, const Clock& clock)
      : index_(index),
        url_(credentials.url),
        tokens_(std::move(credentials), clock),
        failures_(clock),
        health_(clock) {}

  int index() const { return index_; }
  const std::string& url() const { return url_; }
  TokenSource& tokens() { return tokens_; }
  FailureLog& failures() { return failures_; }
  ServerHealth& health() { return health_; }
  const ServerHealth& health() const { return health_; }
  // Of the same URL. True: others than before, and it was not them it asked for patience.
  bool SetCredentials(Credentials credentials);

  // How far inside it lies, as its address was seen last; public until then.
  AddressReach reach() const { return reach_.load(std::memory_order_relaxed); }
  void OnPeer(const std::string& address);

 private:
  const int index_;
  const std::string url_;
  TokenSource tokens_;
  FailureLog failures_;
  ServerHealth health_;
  std::atomic<AddressReach> reach_{AddressReach::kPublic};
};

}  // namespace longshore
