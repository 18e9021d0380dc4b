#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "cache/base/clock.h"
#include "cache/base/executor.h"
#include "cache/base/thread_pool.h"
#include "cache/cache.h"
#include "metrics/registry.h"
#include "proxy/admin/pull_ranking.h"
#include "proxy/admin/reload_requests.h"
#include "proxy/admin/running_config.h"
#include "proxy/admin/traffic_history.h"
#include "proxy/config/upstream_table.h"
#include "proxy/fetch/blob_fetches.h"
#include "proxy/fetch/home_loops.h"
#include "proxy/fetch/manifest_fetch.h"
#include "proxy/fetch/upstream_load.h"
#include "proxy/http/http_server.h"
#include "proxy/upstream/endpoints.h"

namespace longshore {

// Lanes of the pool: however many ask, and however long the disk takes, the admin listener has one
// thread of it, and `verify` another; the rest is for what only computes.
inline constexpr uint64_t kAdminLane = 2;
inline constexpr uint64_t kVerifyLane = 3;

// What the admin listener works with. All of it outlives it; each part is thread-safe.
struct AdminServices {
  Executor& executor;  // the loop the listener lives on
  ThreadPool& pool;    // not the cache's
  Cache& cache;
  const Clock& clock;
  const RunningConfig& config;
  const UpstreamTable& table;
  const metrics::Registry& metrics;
  const UpstreamLoads& loads;
  const std::map<std::string, std::unique_ptr<Endpoints>>& endpoints;  // by upstream
  HomeLoops<ManifestFetches>& manifests;
  HomeLoops<BlobFetches>& blobs;
  const ConnectionCount& connections;
  std::atomic<bool>& ready;
  std::atomic<bool>& drained;  // by a person: not ready, until that is undone
  TrafficHistory& history;
  const PullRanking& ranking;
  ReloadRequests& reloads;
};

}  // namespace longshore
