#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "cache/base/thread_pool.h"
#include "metrics/registry.h"
#include "proxy/http/exchange.h"

namespace longshore {

// The admin listener: /metrics (Prometheus text), /healthz (the process runs), /readyz (it takes
// requests). Lives on one loop; a scrape is put together in the pool.
//
// /readyz is 200 as long as requests are answered, in trouble with the disk, too: what cannot be
// stored is relayed, and clients sent away would only pull across the long way. Its body then says
// "ready, degraded: " and what is wrong.
class AdminHandler final : public HttpHandler {
 public:
  // What is wrong, in a sentence; empty if nothing is. Never blocks.
  using Degradation = std::function<std::string()>;

  AdminHandler(const metrics::Registry& registry, std::string region, ThreadPool& pool,
               const std::atomic<bool>& ready, Degradation degradation)
      : registry_(registry),
        region_(std::move(region)),
        pool_(pool),
        ready_(ready),
        degradation_(std::move(degradation)) {}

  void Handle(const ExchangePtr& exchange) override;

 private:
  void RespondReady(Exchange& exchange) const;

  const metrics::Registry& registry_;
  const std::string region_;
  ThreadPool& pool_;
  const std::atomic<bool>& ready_;
  const Degradation degradation_;
};

}  // namespace longshore
