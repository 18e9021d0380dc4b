#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/http/http_server.h"
#include "proxy/net/event_loop.h"
#include "proxy/net/listener.h"
#include "proxy/net/tls_context.h"
#include "proxy/pull/pull_handler.h"
#include "proxy/upstream/curl_client.h"
#include "proxy/upstream/endpoints.h"

namespace longshore {

// What may change while a worker runs.
struct LiveSettings {
  Freshness freshness;
  FetchPolicy fetch;
  HttpLimits limits;
  std::map<std::string, bool> prefetch;  // by upstream

  static LiveSettings Of(const Config& config);
};

// What all workers share; outlives them.
struct WorkerShared {
  Cache& cache;
  ThreadPool& work_pool;
  const Clock& clock;
  LiveSettings settings;  // to begin with
  const UpstreamTable& table;
  std::map<std::string, std::unique_ptr<Endpoints>>& endpoints;
  UpstreamMetrics& upstream_metrics;
  HttpObserver& http_observer;
  ConnectionCount& connections;
  Admission& admission;
  UpstreamLoads& loads;
  metrics::Registry& metrics;
  PrefetchLedger& prefetches;
  HomeLoops<ManifestFetches>& manifests;
  HomeLoops<BlobConfirms>& confirms;
  HomeLoops<BlobFetches>& blobs;
  HomeLoops<ListFetches>& lists;
  HomeLoops<Prefetcher>& prefetcher;
};

// All that lives on one event loop: its listeners, its client connections, its upstream
// connections, and the fetches whose keys are at home here. Made and destroyed by the main thread
// while no loop runs; in between everything but `loop` belongs to the loop's thread. Destroyed from
// the bottom up: clients first, then what they wait for. The loop outlives it: other threads post
// to it until they have ended themselves.
class Worker {
 public:
  Worker(EventLoop& loop, WorkerShared& shared);

  EventLoop& loop() { return loop_; }
  // Before the loop runs. `tls` may be null; otherwise it outlives this.
  void AddListener(Socket socket, TlsContext* tls);
  // On the loop: takes no more connections, ends idle ones.
  void StopAccepting();

  // On the loop: for what begins from now on.
  void Apply(const LiveSettings& settings);

  HttpServer& http() { return http_; }

 private:
  EventLoop& loop_;
  HttpLimits limits_;
  CurlClient curl_;
  UpstreamSet upstreams_;
  ManifestFetches manifests_;
  const FetchContext fetch_context_;
  ListFetches lists_;
  BlobFetches blobs_;
  BlobConfirms confirms_;
  PrefetchTrigger prefetch_trigger_;
  PullHandler handler_;
  HttpServer http_;
  std::vector<std::unique_ptr<Listener>> listeners_;
};

}  // namespace longshore
