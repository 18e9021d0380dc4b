#include "proxy/server.h"

#include <algorithm>
#include <chrono>
#include <latch>
#include <utility>

#include "cache/base/log.h"
#include "cache/base/scheduling.h"
#include "metrics/process.h"
#include "proxy/cache_metrics.h"
#include "proxy/config/config_changes.h"
#include "proxy/net/plain_stream.h"
#include "proxy/process_limits.h"
#include "proxy/version.h"

namespace longshore {
namespace {

// Enough that a few slow disk reads do not hold up the rest; each blocks on the disk most of its
// time.
constexpr size_t kDiskThreads = 8;
// Of which the admin listener may have two (admin_services.h).
constexpr size_t kWorkThreads = 4;
constexpr Duration kDrainPoll{20};

namespace names = metrics::names;

// What OpenSSL loads at its first use takes half a millisecond: better now than while the first
// client waits.
void LoadDigests() {
  (void)Digest::Of("");
}

size_t LoopCount(int configured) {
  return configured > 0 ? static_cast<size_t>(configured) : CoreCount();
}

// One for each URL of the upstream.
std::vector<Credentials> CredentialsOf(const std::string& name, const UpstreamConfig& upstream,
                                       Duration first_byte_timeout) {
  Credentials credentials;
  credentials.upstream = name;
  credentials.username = upstream.username;
  credentials.password = upstream.password.Reveal();
  credentials.ca_file = upstream.ca_file;
  credentials.token_hosts = upstream.token_hosts;
  credentials.first_byte_timeout = first_byte_timeout;
  credentials.proxy = upstream.proxy;
  std::vector<Credentials> endpoints;
  for (const HttpUrl& url : upstream.Urls()) {
    credentials.url = url.ToString();
    endpoints.push_back(credentials);
  }
  return endpoints;
}

std::string WithPort(const ListenAddress& address, uint16_t port) {
  return ListenAddress{address.host, port}.ToString();
}

}  // namespace

Server::Server(Config config, ReloadRequests& reloads, InheritedSockets inherited)
    : config_(std::move(config)), reloads_(reloads), inherited_(std::move(inherited)) {
  admin_limits_.max_connections = 256;
}

Server::~Server() {
  Stop(Duration{0});
}

Status Server::Start() {
  descriptors_ = RaiseDescriptorLimit();
  KeepFreedBuffers();
  LoadDigests();
  disk_pool_ = std::make_unique<ThreadPool>(kDiskThreads);
  work_pool_ = std::make_unique<ThreadPool>(kWorkThreads);
  if (auto free = CheckAddresses(); !free) return free;
  auto certificates = LoadCertificates();
  if (!certificates) return tl::unexpected(certificates.error());
  tls_ = std::move(*certificates);
  if (auto opened = OpenCache(); !opened) return opened;
  MakeUpstreams();
  shared_ = std::make_unique<WorkerShared>(
      WorkerShared{*cache_, *work_pool_, clock_, Settings(), table_, endpoints_, upstream_observer_,
                   request_observer_, connections_, admission_, loads_, metrics_, prefetches_,
                   manifest_homes_, confirm_homes_, blob_homes_, list_homes_, prefetcher_home_});
  for (size_t i = 0; i < LoopCount(config_.threads); ++i) AddWorker();
  EventLoop& first_loop = workers_.front()->loop();
  prefetcher_ = std::make_unique<Prefetcher>(first_loop, clock_, blob_homes_, prefetches_);
  prefetcher_home_.Add(first_loop, *prefetcher_);
  housekeeper_ = std::make_unique<Housekeeper>(first_loop, *cache_, blob_homes_);
  heap_trimmer_ = std::make_unique<HeapTrimmer>(first_loop, *work_pool_);
  traffic_sampler_ =
      std::make_unique<TrafficSampler>(first_loop, *work_pool_, clock_, traffic_history_);
  RegisterMetrics();
  if (auto bound = Bind(); !bound) return bound;
  if (auto bound = BindAdmin(); !bound) return bound;
  if (auto used = CheckAllInheritedAreUsed(); !used) return used;
  for (auto& worker : workers_) {
    threads_.emplace_back([loop = &worker->loop()] {
      ScheduleSoon();
      loop->Run();
    });
  }
  ready_ = true;
  log::Info("server", "started",
            {{"version", kVersion},
             {"listen", addresses_.front()},
             {"admin", admin_address_},
             {"loops", static_cast<uint64_t>(workers_.size())},
             {"cache", config_.cache.path},
             {"capacity_bytes", config_.cache.size}});
  return {};
}

LiveSettings Server::Settings() const {
  LiveSettings settings = LiveSettings::Of(config_);
  uint32_t& clients = settings.limits.max_connections;
  const uint32_t wanted = clients;
  clients = ClientsWithin(descriptors_, wanted);
  if (clients < wanted) {
    log::Warn("server", "fewer clients than max_connections: the limit on open files is too low",
              {{"clients", uint64_t{clients}},
               {"max_connections", uint64_t{wanted}},
               {"open_files", descriptors_}});
  }
  return settings;
}

void Server::AddWorker() {
  loops_.push_back(std::make_unique<EventLoop>());
  loops_.back()->ObserveLag([this](double seconds) {
    metrics_.GetHistogram(names::kLoopLagSeconds)
        .Observe(std::chrono::duration_cast<std::chrono::nanoseconds>(
            std::chrono::duration<double>(seconds)));
  });
  workers_.push_back(std::make_unique<Worker>(*loops_.back(), *shared_));
}

Status Server::CheckAddresses() const {
  for (const ListenConfig& one : config_.listen) {
    if (auto free = CheckFree(one.address); !free) return free;
  }
  return CheckFree(config_.admin_listen);
}

Status Server::CheckFree(const ListenAddress& address) const {
  if (inherited_.Has(address.host, address.port)) return {};
  return longshore::CheckFree(address.host, address.port);
}

Status Server::CheckAllInheritedAreUsed() const {
  const auto unused = inherited_.Unused();
  if (unused.empty()) return {};
  return Fail(Code::kInvalid, "the service manager listens on " + unused.front() +
                                  ", which is neither in listen nor admin_listen: add it there, or "
                                  "take it out of longshore.socket");
}

// An inherited socket is one queue for all loops; of its own, each has one (SO_REUSEPORT).
Result<Socket> Server::Listen(const std::string& host, uint16_t port) {
  if (inherited_.Has(host, port)) return inherited_.Duplicate(host, port);
  return longshore::Listen(host, port);
}

Result<std::vector<std::unique_ptr<TlsContext>>> Server::LoadCertificates() const {
  std::vector<std::unique_ptr<TlsContext>> loaded;
  for (const ListenConfig& one : config_.listen) {
    loaded.emplace_back();
    if (!one.is_tls()) continue;
    auto context = TlsContext::Load(one.tls_certificate_file, one.tls_key_file);
    if (!context) return tl::unexpected(context.error());
    loaded.back() = std::move(*context);
  }
  return loaded;
}

Status Server::OpenCache() {
  CacheOptions options;
  options.path = config_.cache.path;
  options.size = config_.cache.size;
  options.compress = config_.cache.compress;
  options.scrub = config_.cache.scrub;
  options.verify_first_read = config_.cache.verify_first_read;
  auto opened = Cache::Open(std::move(options), disk_, clock_, *disk_pool_);
  if (!opened) return tl::unexpected(opened.error());
  cache_ = std::move(*opened);
  return {};
}

void Server::MakeUpstreams() {
  for (const auto& [name, upstream] : config_.upstreams) {
    loads_.Add(name, upstream.max_connections, upstream.max_connections_per_blob);
    endpoints_[name] = std::make_unique<Endpoints>(
        CredentialsOf(name, upstream, config_.upstream_first_byte),
        EndpointPolicy{config_.not_found_ttl, upstream.allow_private_redirects}, clock_);
  }
}

Status Server::Bind() {
  for (size_t i = 0; i < config_.listen.size(); ++i) {
    const ListenConfig& one = config_.listen[i];
    uint16_t port = one.address.port;
    for (auto& worker : workers_) {
      auto socket = Listen(one.address.host, port);
      if (!socket) return tl::unexpected(socket.error());
      port = LocalPort(*socket);  // port 0: the first loop's choice is everybody's
      Status chosen;
      if (one.tcp_congestion != kHostCongestion) chosen = socket->SetCongestion(one.tcp_congestion);
      // Slower or faster, it works all the same.
      if (!chosen && worker == workers_.front()) log::Warn("server", chosen.error().message);
      worker->AddListener(std::move(*socket), tls_.at(i).get());
    }
    addresses_.push_back(WithPort(one.address, port));
  }
  return {};
}

Status Server::BindAdmin() {
  auto socket = Listen(config_.admin_listen.host, config_.admin_listen.port);
  if (!socket) return tl::unexpected(socket.error());
  admin_address_ = WithPort(config_.admin_listen, LocalPort(*socket));
  EventLoop& loop = workers_.front()->loop();
  admin_handler_ = std::make_unique<AdminHandler>(
      AdminServices{loop, *work_pool_, *cache_, clock_, running_config_, table_, metrics_, loads_,
                    endpoints_, manifest_homes_, blob_homes_, connections_, ready_, drained_,
                    traffic_history_, pull_ranking_, reloads_});
  admin_http_ = std::make_unique<HttpServer>(loop, clock_, admin_limits_, admin_connections_,
                                             *admin_handler_, admin_observer_);
  admin_listener_ = std::make_unique<Listener>(loop, std::move(*socket), [this](Socket accepted) {
    admin_http_->Accept(std::make_unique<PlainStream>(std::move(accepted)));
  });
  return {};
}

void Server::RegisterMetrics() {
  ShowCacheStats(*cache_, metrics_);
  metrics_.SetCallback(names::kPrefetchedBytesTotal, {},
                       [this] { return static_cast<double>(prefetches_.fetched_bytes()); });
  metrics_.SetCallback(names::kPrefetchWastedBytesTotal, {},
                       [this] { return static_cast<double>(prefetches_.wasted_bytes()); });
  metrics_.SetCallback(names::kFillsInFlight, {},
                       [this] { return static_cast<double>(admission_.fills.used()); });
  metrics_.SetCallback(names::kReservedMemoryBytes, {},
                       [this] { return static_cast<double>(admission_.memory.used()); });
  metrics_.SetCallback(names::kLimitRefusalsTotal, {"fills"},
                       [this] { return static_cast<double>(admission_.fills.refused()); });
  metrics_.SetCallback(names::kLimitRefusalsTotal, {"client_fills"}, [this] {
    return static_cast<double>(admission_.fills.refused_to_client());
  });
  metrics_.SetCallback(names::kLimitRefusalsTotal, {"memory"},
                       [this] { return static_cast<double>(admission_.memory.refused()); });
  metrics_.SetCallback(names::kLimitRefusalsTotal, {"client_memory"}, [this] {
    return static_cast<double>(admission_.memory.refused_to_client());
  });
  metrics_.SetCallback(names::kLimitRefusalsTotal, {"connections"},
                       [this] { return static_cast<double>(connections_.refused.load()); });
  metrics_.SetCallback(names::kLimitRefusalsTotal, {"client"}, [this] {
    return static_cast<double>(connections_.refused_to_client.load());
  });
  metrics_.SetCallback(names::kPoolJobs, {},
                       [this] { return static_cast<double>(disk_pool_->QueueDepth()); });
  metrics_.SetCallback(names::kLogLinesLostTotal, {},
                       [] { return static_cast<double>(log::LostLines()); });
  metrics_.SetCallback(names::kConnections, {},
                       [this] { return static_cast<double>(connections_.open.load()); });
  for (size_t i = 0; i < tls_.size(); ++i) {
    const TlsContext* const context = tls_[i].get();
    if (context == nullptr) continue;
    metrics_.SetCallback(names::kCertificateExpiry, {config_.listen[i].address.ToString()},
                         [context] { return static_cast<double>(context->expires_at()); });
  }
  for (const auto& [name, endpoints] : endpoints_) {
    metrics_.SetCallback(names::kUpstreamUp, {name},
                         [it = endpoints.get()] { return it->IsUp() ? 1.0 : 0.0; });
    metrics_.SetCallback(names::kUpstreamBreakerOpen, {name},
                         [it = endpoints.get()] { return it->IsOpen() ? 1.0 : 0.0; });
    metrics_.SetCallback(names::kUpstreamRedirectBreakersOpen, {name}, [it = endpoints.get()] {
      return static_cast<double>(it->targets().AllLeftAlone().size());
    });
    const auto show_limit = [this, &name = name, it = endpoints.get()](
                                metrics::Name metric, int64_t Endpoints::RateLimit::*member) {
      metrics_.SetCallback(metric, {name}, [it, member]() -> std::optional<double> {
        const auto limit = it->Limit();
        if (!limit) return std::nullopt;
        return static_cast<double>((*limit).*member);
      });
    };
    show_limit(names::kUpstreamRatelimitLimit, &Endpoints::RateLimit::count);
    show_limit(names::kUpstreamRatelimitRemaining, &Endpoints::RateLimit::left);
  }
  metrics::RegisterProcessMetrics(metrics_, kVersion);
}

void Server::ApplyToUpstreams() {
  for (const auto& [name, upstream] : config_.upstreams) {
    loads_.Get(name).SetLimits(upstream.max_connections, upstream.max_connections_per_blob);
    endpoints_.at(name)->Apply(
        CredentialsOf(name, upstream, config_.upstream_first_byte),
        EndpointPolicy{config_.not_found_ttl, upstream.allow_private_redirects});
  }
}

// Who asked for the reload may rely on it from then on, whichever loop the next client lands on.
void Server::ApplyToWorkers() {
  const LiveSettings settings = Settings();
  std::latch applied(static_cast<std::ptrdiff_t>(workers_.size()));
  for (auto& worker : workers_) {
    worker->loop().Post([&worker, &settings, &applied] {
      worker->Apply(settings);
      applied.count_down();
    });
  }
  applied.wait();
}

ReloadReport Server::Reload(Config loaded) {
  const auto certificates = LoadCertificates();
  if (!certificates) {
    return {ReloadReport::Outcome::kRefused, {}, {}, 0, {certificates.error().message}};
  }
  ReloadReport report;
  for (size_t i = 0; i < tls_.size(); ++i) {
    if (!tls_[i]) continue;
    tls_[i]->Replace(*(*certificates)[i]);
    ++report.certificates;
  }
  ConfigChanges changes = CompareConfigs(config_, std::move(loaded));
  config_ = std::move(changes.config);
  running_config_.Set(config_);
  log::SetLevel(config_.log.level);
  admission_.fills.SetLimit(static_cast<uint64_t>(config_.max_fills));
  admission_.memory.SetLimit(config_.max_memory);
  ApplyToUpstreams();
  ApplyToWorkers();
  report.changed = std::move(changes.changed);
  report.need_restart = std::move(changes.need_restart);
  return report;
}

void Server::WaitForResponses(Duration drain) {
  const TimePoint deadline = clock_.Now() + drain;
  while (connections_.open.load() > 0 && clock_.Now() < deadline) {
    std::this_thread::sleep_for(kDrainPoll);
  }
}

// What goes on one loop may post to another.
void Server::DiscardTasks() {
  for (size_t round = 0; round <= loops_.size(); ++round) {
    for (auto& loop : loops_) loop->Discard();
  }
}

void Server::Stop(Duration drain) {
  if (std::exchange(stopped_, true)) return;
  ready_ = false;
  if (!threads_.empty()) {
    std::latch stopped_accepting(static_cast<std::ptrdiff_t>(workers_.size()));
    for (auto& worker : workers_) {
      worker->loop().Post([&worker, &stopped_accepting] {
        worker->StopAccepting();
        stopped_accepting.count_down();
      });
    }
    stopped_accepting.wait();
    WaitForResponses(drain);
  }
  for (auto& loop : loops_) loop->Stop();
  for (std::thread& thread : threads_) thread.join();
  // Nothing runs on a loop any more. What still waits there goes while all it refers to is there;
  // then fetches are given up, and the disk pool records what they have.
  DiscardTasks();
  admin_listener_.reset();
  admin_http_.reset();
  heap_trimmer_.reset();
  housekeeper_.reset();
  traffic_sampler_.reset();
  prefetcher_.reset();
  workers_.clear();
  // A proof that the admin listener asked for ends when the cache's pool does.
  if (disk_pool_) disk_pool_->BeginStop();
  if (work_pool_) work_pool_->Stop();
  if (disk_pool_) disk_pool_->Stop();
  DiscardTasks();
  loops_.clear();
  cache_.reset();
  log::Info("server", "stopped");
}

}  // namespace longshore
