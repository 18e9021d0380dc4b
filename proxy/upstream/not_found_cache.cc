#include "proxy/upstream/not_found_cache.h"

namespace longshore {

void NotFoundCache::Add(const std::string& key, TimePoint asked_at) {
  const TimePoint now = clock_.Now();
  const TimePoint end = asked_at + ttl_;
  if (end <= now) return;
  MutexLock lock(mutex_);
  ends_[key] = end;
  order_.emplace_back(end, key);
  while (order_.size() > kMost || order_.front().first <= now) {
    const auto& [old_end, old_key] = order_.front();
    const auto found = ends_.find(old_key);
    if (found != ends_.end() && found->second == old_end) ends_.erase(found);
    order_.pop_front();
  }
}

bool NotFoundCache::Holds(const std::string& key) const {
  const TimePoint now = clock_.Now();
  MutexLock lock(mutex_);
  const auto found = ends_.find(key);
  return found != ends_.end() && now < found->second;
}

}  // namespace longshore
