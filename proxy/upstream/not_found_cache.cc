#include "proxy/upstream/not_found_cache.h"

namespace longshore {

void NotFoundCache::SetTtl(Duration ttl) {
  MutexLock lock(mutex_);
  if (ttl_ == ttl) return;
  ttl_ = ttl;
  ends_.clear();
  order_.clear();
}

void NotFoundCache::Add(const std::string& key, TimePoint asked_at) {
  const TimePoint now = clock_.Now();
  MutexLock lock(mutex_);
  const TimePoint end = asked_at + ttl_;
  if (end <= now) return;
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
