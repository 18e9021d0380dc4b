#pragma once

#include <atomic>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/base/mutex.h"
#include "proxy/oci/rate_limit.h"
#include "proxy/upstream/endpoint.h"
#include "proxy/upstream/not_found_cache.h"
#include "proxy/upstream/redirect_targets.h"
#include "proxy/upstream/retry_budget.h"
#include "proxy/upstream/upstream.h"

namespace longshore {

// What holds for one upstream, whichever of its URLs is asked.
struct EndpointPolicy {
  Duration not_found_ttl{10'000};
  bool allow_private_redirects = false;
};

// All URLs of one upstream, in order of preference, with what is known of the upstream as a whole.
// One for all loops; thread-safe. One leaf lock, around the rate limit.
class Endpoints {
 public:
  static constexpr size_t kMost = 8;
  using Set = std::bitset<kMost>;  // of URLs, by their index
  struct Choice {
    Endpoint& endpoint;
    CircuitBreaker::Permit permit;
  };

  // `urls` are one to kMost, which differ in nothing but `url`.
  Endpoints(const std::vector<Credentials>& urls, EndpointPolicy policy, const Clock& clock);
  // The same URLs with other credentials and another policy, for what begins from now on. Other
  // credentials have another rate limit.
  void Apply(const std::vector<Credentials>& urls, EndpointPolicy policy);

  size_t size() const { return endpoints_.size(); }
  const std::string& name() const { return first().tokens().upstream(); }
  Endpoint& first() const { return *endpoints_.front(); }
  Endpoint& at(int index) const { return *endpoints_.at(static_cast<size_t>(index)); }
  bool allow_private_redirects() const { return allow_private_redirects_.load(); }

  // The first that may be asked and is not in `tried`.
  std::optional<Choice> Choose(Set tried) const;
  // How long until one of them may be asked; zero: one may be now, or as soon as a probe has ended.
  Duration OpensIn() const;
  // Is `url` at the origin of one of them?
  bool IsOwn(const std::string& url) const;

  bool IsUp() const;    // the last request to one of them at least was answered
  bool IsOpen() const;  // none of them is asked, but for probes

  // Pulls that the upstream allows in its window, at least one, and how many it still did.
  struct RateLimit {
    int64_t count = 0;
    int64_t left = 0;
  };
  void OnRateLimit(const RateLimitField& limit, int64_t remaining);
  // As it last said; nothing where it has none, or the window since then is over.
  std::optional<RateLimit> Limit() const;
  // See Upstream::LimitLeft.
  std::optional<double> LimitLeft() const;

  RetryBudget& retries() { return retries_; }
  NotFoundCache& not_found() { return not_found_; }
  // Where their redirects lead: elsewhere than to one of them.
  RedirectTargets& targets() { return targets_; }
  const RedirectTargets& targets() const { return targets_; }
  // What `not_found` knows a request by: what may change its answer.
  std::string NotFoundKey(const UpstreamRequest& request) const;

 private:
  const Clock& clock_;
  std::atomic<bool> allow_private_redirects_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
  RetryBudget retries_;
  NotFoundCache not_found_;
  RedirectTargets targets_;
  mutable Mutex mutex_;
  std::optional<RateLimit> limit_ GUARDED_BY(mutex_);
  TimePoint limit_ends_ GUARDED_BY(mutex_);
};

}  // namespace longshore
