#pragma once

#include <atomic>
#include <string>

#include "cache/base/thread_pool.h"
#include "metrics/registry.h"
#include "proxy/http/exchange.h"

namespace longshore {

// The admin listener: /metrics (Prometheus text), /healthz (the process runs), /readyz (it takes
// requests). Lives on one loop; a scrape is put together in the pool.
class AdminHandler final : public HttpHandler {
 public:
  AdminHandler(const metrics::Registry& registry, std::string region, ThreadPool& pool,
               const std::atomic<bool>& ready)
      : registry_(registry), region_(std::move(region)), pool_(pool), ready_(ready) {}

  void Handle(const ExchangePtr& exchange) override;

 private:
  const metrics::Registry& registry_;
  const std::string region_;
  ThreadPool& pool_;
  const std::atomic<bool>& ready_;
};

}  // namespace longshore
