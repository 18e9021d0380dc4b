#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cache/base/mutex.h"
#include "metrics/registry.h"

namespace longshore {

// What happened in one minute.
struct TrafficMinute {
  int64_t minute = 0;         // since 1970-01-01 UTC
  uint64_t hits = 0;          // manifests and blobs answered from the store
  uint64_t misses = 0;        // and those that were fetched
  uint64_t errors = 0;        // answers of 5xx
  uint64_t client_bytes = 0;  // of bodies
  uint64_t upstream_bytes = 0;
};

// What an upstream did in the last five minutes.
struct UpstreamTraffic {
  uint64_t answers = 0;   // with any status below 500
  uint64_t failures = 0;  // none, 5xx, or nothing usable
};

// The last hour of traffic, a minute at a time, from the metrics: their counters are read now and
// then, and what they rose by belongs to the minute of the reading. Thread-safe; one leaf lock.
// Bounded: 60 minutes, and five for each configured upstream.
class TrafficHistory {
 public:
  static constexpr size_t kMinutes = 60;
  static constexpr size_t kUpstreamMinutes = 5;

  explicit TrafficHistory(const metrics::Registry& registry) : registry_(registry) {}
  TrafficHistory(const TrafficHistory&) = delete;
  TrafficHistory& operator=(const TrafficHistory&) = delete;

  // Some hundred microseconds: in the pool. `now` in wall milliseconds.
  void Sample(int64_t now);
  // kMinutes of them, oldest first, `now`'s minute last; without traffic where nothing was read.
  std::vector<TrafficMinute> Minutes(int64_t now) const;
  std::map<std::string, UpstreamTraffic> Upstreams(int64_t now) const;

 private:
  struct Slot {
    TrafficMinute traffic;
    std::map<std::string, UpstreamTraffic> upstreams;
  };
  struct Totals {
    TrafficMinute traffic;
    std::map<std::string, UpstreamTraffic> upstreams;
  };
  Totals Read() const;

  const metrics::Registry& registry_;
  Mutex one_sample_;  // held for a whole sample, so that none is booked twice
  mutable Mutex mutex_;
  Totals last_ GUARDED_BY(mutex_);
  std::array<Slot, kMinutes> slots_ GUARDED_BY(mutex_);
};

}  // namespace longshore
