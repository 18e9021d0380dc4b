#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "cache/base/clock.h"
#include "cache/base/mutex.h"
#include "proxy/upstream/server_health.h"
#include "proxy/upstream/url.h"

namespace longshore {

// The servers that an upstream's redirects lead to, such as a CDN or a bucket, each known by its
// origin: one that keeps failing costs a request to the upstream, but no wait for it. At most
// kMost; past that the one that no redirect led to for longest is forgotten. One for all loops;
// thread-safe; one leaf lock.
class RedirectTargets {
 public:
  static constexpr size_t kMost = 64;
  static constexpr Duration kOfLate = std::chrono::minutes(10);

  explicit RedirectTargets(const Clock& clock) : clock_(clock) {}

  // The health of the server that `url` (http or https) names: never null, and the same for each
  // URL of its origin while that is known. Whoever has a permit of it keeps it.
  std::shared_ptr<ServerHealth> At(const std::string& url);

  struct LeftAlone {
    std::string host;
    Duration opens_in;  // zero: a probe is under way, or will be
  };
  // Those that are not asked but for probes, as far as a redirect led there within kOfLate.
  std::vector<LeftAlone> AllLeftAlone() const;

 private:
  struct Target {
    UrlOrigin origin;
    std::shared_ptr<ServerHealth> health;
    TimePoint led_to_at;
  };

  const Clock& clock_;
  mutable Mutex mutex_;
  std::list<Target> targets_ GUARDED_BY(mutex_);  // the last that was led to comes first
};

}  // namespace longshore
