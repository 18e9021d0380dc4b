#include "proxy/admin/traffic_history.h"

#include <utility>

namespace longshore {
namespace {

namespace names = metrics::names;

constexpr int64_t kMinuteMillis = 60'000;

bool IsHit(std::string_view verdict) {
  return verdict == "hit" || verdict == "revalidated" || verdict == "stale";
}
bool IsMiss(std::string_view verdict) {
  return verdict == "miss" || verdict == "collapsed" || verdict == "partial";
}

// Counters only rise, but their sum over threads may be read a little late.
uint64_t Risen(uint64_t now, uint64_t before) {
  return now > before ? now - before : 0;
}

void AddRise(TrafficMinute& to, const TrafficMinute& now, const TrafficMinute& before) {
  to.hits += Risen(now.hits, before.hits);
  to.misses += Risen(now.misses, before.misses);
  to.errors += Risen(now.errors, before.errors);
  to.client_bytes += Risen(now.client_bytes, before.client_bytes);
  to.upstream_bytes += Risen(now.upstream_bytes, before.upstream_bytes);
}

// Labels: upstream, kind, status, verdict.
void CountRequests(const metrics::SeriesSnapshot& series, uint64_t count, TrafficMinute& traffic) {
  const bool is_content = series.labels[1] == "manifest" || series.labels[1] == "blob";
  if (is_content && IsHit(series.labels[3])) traffic.hits += count;
  if (is_content && IsMiss(series.labels[3])) traffic.misses += count;
  if (series.labels[2] == "5xx") traffic.errors += count;
}

}  // namespace

TrafficHistory::Totals TrafficHistory::Read() const {
  Totals totals;
  const auto families = registry_.Collect();
  const auto each = [&families](names::Name name, const auto& use) {
    for (const metrics::SeriesSnapshot& series : families[name].series) {
      use(series, static_cast<uint64_t>(std::get<double>(series.value)));
    }
  };
  each(names::kRequestsTotal, [&](const metrics::SeriesSnapshot& series, uint64_t count) {
    CountRequests(series, count, totals.traffic);
  });
  each(names::kClientBytesTotal,
       [&](const auto&, uint64_t count) { totals.traffic.client_bytes += count; });
  each(names::kUpstreamBytesTotal,
       [&](const auto&, uint64_t count) { totals.traffic.upstream_bytes += count; });
  // Labels: upstream, kind, method, status.
  each(names::kUpstreamRequestsTotal, [&](const auto& series, uint64_t count) {
    const bool failed = series.labels[3] == "5xx" || series.labels[3] == "none";
    UpstreamTraffic& upstream = totals.upstreams[series.labels[0]];
    (failed ? upstream.failures : upstream.answers) += count;
  });
  return totals;
}

void TrafficHistory::Sample(int64_t now) {
  MutexLock sampling(one_sample_);
  Totals totals = Read();
  const int64_t minute = now / kMinuteMillis;
  MutexLock lock(mutex_);
  Slot& slot = slots_[static_cast<size_t>(minute) % kMinutes];
  if (slot.traffic.minute != minute) slot = Slot{};
  slot.traffic.minute = minute;
  AddRise(slot.traffic, totals.traffic, last_.traffic);
  for (const auto& [name, traffic] : totals.upstreams) {
    const UpstreamTraffic& before = last_.upstreams[name];
    slot.upstreams[name].answers += Risen(traffic.answers, before.answers);
    slot.upstreams[name].failures += Risen(traffic.failures, before.failures);
  }
  last_ = std::move(totals);
}

std::vector<TrafficMinute> TrafficHistory::Minutes(int64_t now) const {
  const int64_t last = now / kMinuteMillis;
  std::vector<TrafficMinute> minutes;
  MutexLock lock(mutex_);
  for (int64_t minute = last - static_cast<int64_t>(kMinutes) + 1; minute <= last; ++minute) {
    const Slot& slot = slots_[static_cast<size_t>(minute) % kMinutes];
    minutes.push_back(slot.traffic.minute == minute ? slot.traffic : TrafficMinute{minute});
  }
  return minutes;
}

std::map<std::string, UpstreamTraffic> TrafficHistory::Upstreams(int64_t now) const {
  const int64_t last = now / kMinuteMillis;
  std::map<std::string, UpstreamTraffic> all;
  MutexLock lock(mutex_);
  for (const Slot& slot : slots_) {
    if (slot.traffic.minute <= last - static_cast<int64_t>(kUpstreamMinutes)) continue;
    for (const auto& [name, traffic] : slot.upstreams) {
      all[name].answers += traffic.answers;
      all[name].failures += traffic.failures;
    }
  }
  return all;
}

}  // namespace longshore
