#include "proxy/worker.h"

#include <utility>

#include "proxy/net/plain_stream.h"
#include "proxy/upstream/registry.h"

namespace longshore {

Worker::Worker(EventLoop& loop, WorkerShared& shared)
    : loop_(loop),
      curl_(loop_),
      manifests_(loop_, shared.pool, shared.cache, upstreams_),
      fetch_context_{loop_,        shared.cache,        upstreams_,    shared.clock,
                     shared.loads, shared.fetch_policy, shared.metrics},
      lists_(loop_, upstreams_),
      blobs_(fetch_context_, shared.fills_in_flight),
      confirms_(fetch_context_, blobs_),
      prefetch_trigger_(shared.clock, shared.prefetch_enabled, shared.prefetcher),
      handler_({loop_, shared.cache, shared.pool, shared.clock, shared.freshness, upstreams_,
                shared.manifests, shared.confirms, shared.blobs, shared.lists, prefetch_trigger_,
                shared.prefetches},
               shared.table),
      http_(loop_, shared.limits, shared.connections, handler_, shared.http_observer) {
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

void Worker::StopAccepting() {
  listeners_.clear();
  http_.Drain();
}

}  // namespace longshore
