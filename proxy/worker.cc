#include "proxy/worker.h"

#include <utility>

#include "proxy/net/plain_stream.h"
#include "proxy/upstream/registry.h"

namespace longshore {

LiveSettings LiveSettings::Of(const Config& config) {
  LiveSettings settings;
  settings.freshness = {config.tag_ttl, config.stale_if_error};
  settings.fetch = {config.complete_partial};
  settings.limits.max_connections = static_cast<uint32_t>(config.max_connections);
  settings.limits.max_connections_per_client =
      static_cast<uint32_t>(config.max_connections_per_client);
  for (const auto& [name, upstream] : config.upstreams) settings.prefetch[name] = upstream.prefetch;
  return settings;
}

Worker::Worker(EventLoop& loop, WorkerShared& shared)
    : loop_(loop),
      limits_(shared.settings.limits),
      curl_(loop_),
      manifests_(loop_, shared.work_pool, shared.cache, upstreams_, shared.admission.memory.all()),
      fetch_context_{loop_,        shared.cache,          upstreams_,     shared.clock,
                     shared.loads, shared.settings.fetch, shared.metrics, shared.admission},
      lists_(loop_, upstreams_, shared.admission.memory.all()),
      blobs_(fetch_context_),
      confirms_(fetch_context_, blobs_),
      prefetch_trigger_(shared.clock, shared.settings.prefetch, shared.prefetcher),
      handler_({loop_, shared.cache, shared.clock, shared.settings.freshness, shared.admission,
                upstreams_, shared.manifests, shared.confirms, shared.blobs, shared.lists,
                prefetch_trigger_, shared.prefetches},
               shared.table),
      http_(loop_, shared.clock, limits_, shared.connections, handler_, shared.http_observer) {
  for (auto& entry : shared.endpoints) {
    upstreams_.Add(std::make_unique<Registry>(loop_, curl_, *entry.second, shared.clock,
                                              shared.upstream_metrics));
  }
  shared.manifests.Add(loop_, manifests_);
  shared.confirms.Add(loop_, confirms_);
  shared.blobs.Add(loop_, blobs_);
  shared.lists.Add(loop_, lists_);
}

void Worker::AddListener(Socket socket, TlsContext* tls) {
  const auto accept = [this, tls](Socket accepted) {
    http_.Accept(tls != nullptr ? tls->Accept(std::move(accepted))
                                : std::make_unique<PlainStream>(std::move(accepted)));
  };
  listeners_.push_back(std::make_unique<Listener>(loop_, std::move(socket), accept));
}

void Worker::Apply(const LiveSettings& settings) {
  limits_ = settings.limits;
  blobs_.SetPolicy(settings.fetch);
  prefetch_trigger_.SetEnabled(settings.prefetch);
  handler_.SetFreshness(settings.freshness);
}

void Worker::StopAccepting() {
  listeners_.clear();
  http_.Drain();
}

}  // namespace longshore
