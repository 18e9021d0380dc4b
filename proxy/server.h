#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cache/base/clock.h"
#include "cache/base/disk.h"
#include "cache/base/thread_pool.h"
#include "cache/cache.h"
#include "metrics/registry.h"
#include "proxy/admin/admin_handler.h"
#include "proxy/admin/pull_ranking.h"
#include "proxy/admin/reload_report.h"
#include "proxy/admin/reload_requests.h"
#include "proxy/admin/running_config.h"
#include "proxy/admin/traffic_history.h"
#include "proxy/admin/traffic_sampler.h"
#include "proxy/config/config.h"
#include "proxy/heap.h"
#include "proxy/housekeeper.h"
#include "proxy/net/service_manager.h"
#include "proxy/observers.h"
#include "proxy/worker.h"

namespace longshore {

// The whole process but its arguments and signals: opens the cache, binds the addresses, runs the
// loops. All methods are the main thread's. Nothing is asked of any upstream before a client asks.
class Server {
 public:
  // `reloads`: where the admin listener asks for one; outlives this. `inherited`: what listens
  // already; its addresses must all be among the configured ones.
  Server(Config config, ReloadRequests& reloads, InheritedSockets inherited = {});
  ~Server();  // Stop, if that was not done
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Blocks while the cache opens. kUnavailable: an address is taken; kInvalid: the cache folder is
  // not one that can be used, or an inherited socket is not configured. A disk that fails is no
  // reason not to start.
  [[nodiscard]] Status Start();
  // Takes no more connections, lets running responses finish for `drain`, then ends everything.
  // Blocks.
  void Stop(Duration drain);
  // Changes what can change while it runs, for what begins from now on, and reads the certificates
  // of its listeners again. No connection is touched. A certificate that cannot be used is refused,
  // and nothing is changed. Every loop has what changed when this returns. Blocks for that, and
  // while files are read.
  ReloadReport Reload(Config loaded);
  Duration drain() const { return config_.drain; }

  // The addresses in use, ports filled in where the configuration said 0.
  const std::vector<std::string>& addresses() const { return addresses_; }
  const std::string& admin_address() const { return admin_address_; }

 private:
  // As tls_.
  [[nodiscard]] Result<std::vector<std::unique_ptr<TlsContext>>> LoadCertificates() const;
  [[nodiscard]] Status OpenCache();
  [[nodiscard]] Status CheckAddresses() const;
  [[nodiscard]] Status CheckFree(const ListenAddress& address) const;
  [[nodiscard]] Status CheckAllInheritedAreUsed() const;
  [[nodiscard]] Result<Socket> Listen(const std::string& host, uint16_t port);
  [[nodiscard]] Status Bind();
  [[nodiscard]] Status BindAdmin();
  void MakeUpstreams();
  void RegisterMetrics();
  LiveSettings Settings() const;  // as configured, within what the machine allows
  void AddWorker();
  void WaitForResponses(Duration drain);
  void ApplyToUpstreams();
  void ApplyToWorkers();
  void DiscardTasks();

  Config config_;
  ReloadRequests& reloads_;
  RunningConfig running_config_{config_};
  InheritedSockets inherited_;
  SystemClock clock_;
  PosixDisk disk_;
  metrics::Registry metrics_;
  PullRanking pull_ranking_;
  RequestObserver request_observer_{metrics_, pull_ranking_};
  TrafficHistory traffic_history_{metrics_};
  AdminObserver admin_observer_;
  HttpLimits admin_limits_;
  uint64_t descriptors_ = 0;  // see process_limits.h
  ConnectionCount connections_;
  ConnectionCount admin_connections_;
  Admission admission_{FairAllowance(static_cast<uint64_t>(config_.max_fills)),
                       FairAllowance(config_.max_memory)};
  UpstreamLoads loads_;
  UpstreamObserver upstream_observer_{metrics_, loads_};
  PrefetchLedger prefetches_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> drained_{false};
  UpstreamTable table_{config_};

  // Everybody posts to the loops, so they go after all who do; the jobs of the pools are such, and
  // are the cache's. Two, as all threads of the first may wait for a disk that does not answer.
  std::unique_ptr<ThreadPool> disk_pool_;
  std::unique_ptr<ThreadPool> work_pool_;  // what computes, and what the admin listener is asked
  std::unique_ptr<Cache> cache_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::map<std::string, std::unique_ptr<Endpoints>> endpoints_;
  HomeLoops<ManifestFetches> manifest_homes_;
  HomeLoops<BlobConfirms> confirm_homes_;
  HomeLoops<BlobFetches> blob_homes_;
  HomeLoops<ListFetches> list_homes_;
  HomeLoops<Prefetcher> prefetcher_home_;
  std::vector<std::unique_ptr<TlsContext>> tls_;  // of each config_.listen; null: in the clear
  std::unique_ptr<WorkerShared> shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Prefetcher> prefetcher_;           // on the first worker's loop
  std::unique_ptr<Housekeeper> housekeeper_;         // the same
  std::unique_ptr<HeapTrimmer> heap_trimmer_;        // the same
  std::unique_ptr<TrafficSampler> traffic_sampler_;  // the same
  std::unique_ptr<AdminHandler> admin_handler_;
  std::unique_ptr<HttpServer> admin_http_;  // on the first worker's loop
  std::unique_ptr<Listener> admin_listener_;
  std::vector<std::thread> threads_;
  std::vector<std::string> addresses_;
  std::string admin_address_;
  bool stopped_ = false;
};

}  // namespace longshore
