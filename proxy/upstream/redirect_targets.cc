#include "proxy/upstream/redirect_targets.h"

#include <algorithm>

namespace longshore {

std::shared_ptr<ServerHealth> RedirectTargets::At(const std::string& url) {
  UrlOrigin origin = OriginOf(url).value_or(UrlOrigin{});
  const TimePoint now = clock_.Now();
  MutexLock lock(mutex_);
  const auto known = std::find_if(targets_.begin(), targets_.end(),
                                  [&origin](const Target& one) { return one.origin == origin; });
  if (known != targets_.end()) {
    known->led_to_at = now;
    targets_.splice(targets_.begin(), targets_, known);
    return known->health;
  }
  targets_.push_front({std::move(origin), std::make_shared<ServerHealth>(clock_), now});
  if (targets_.size() > kMost) targets_.pop_back();
  return targets_.front().health;
}

std::vector<RedirectTargets::LeftAlone> RedirectTargets::AllLeftAlone() const {
  const TimePoint now = clock_.Now();
  std::list<Target> targets;
  {
    MutexLock lock(mutex_);
    targets = targets_;
  }
  std::vector<LeftAlone> left_alone;
  for (const Target& target : targets) {
    if (now - target.led_to_at > kOfLate) break;
    const Duration opens_in = target.health->OpensIn();
    if (opens_in == Duration{0} && target.health->breaker().IsClosed()) continue;
    left_alone.push_back({target.origin.host, opens_in});
  }
  return left_alone;
}

}  // namespace longshore
