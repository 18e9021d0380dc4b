#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

#include "cache/base/clock.h"
#include "cache/base/mutex.h"

namespace longshore {

// What an upstream said it does not have, for a short while: clients ask for a missing tag several
// times in a row, and signature tools for many that never were. At most kMost keys; past that the
// oldest goes. Thread-safe; one leaf lock.
class NotFoundCache {
 public:
  static constexpr size_t kMost = 10'000;

  // `ttl` zero: nothing is kept.
  NotFoundCache(Duration ttl, const Clock& clock) : clock_(clock), ttl_(ttl) {}
  // Forgets what is kept, which may be for longer than that.
  void SetTtl(Duration ttl);

  // `asked_at` is when the question was sent: what appeared after that was not looked for.
  void Add(const std::string& key, TimePoint asked_at);
  bool Holds(const std::string& key) const;

 private:
  const Clock& clock_;
  mutable Mutex mutex_;
  Duration ttl_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, TimePoint> ends_ GUARDED_BY(mutex_);
  // Each Add once; an entry counts while the map still has its time.
  std::deque<std::pair<TimePoint, std::string>> order_ GUARDED_BY(mutex_);
};

}  // namespace longshore
