#pragma once

#include <string>

#include "metrics/registry.h"
#include "proxy/admin/pull_ranking.h"
#include "proxy/fetch/upstream_load.h"
#include "proxy/http/exchange.h"
#include "proxy/upstream/upstream.h"

namespace longshore {

// Client requests into metrics and, one line each, into the log. Thread-safe: one for all loops.
class RequestObserver final : public HttpObserver {
 public:
  // `ranking` learns which repositories are pulled.
  RequestObserver(metrics::Registry& registry, PullRanking& ranking)
      : registry_(registry), ranking_(ranking) {}

  void OnAccepted(bool within_limit) override;
  void OnBytesSent(uint64_t) override {}
  void OnRequestDone(const Request& request, const RequestRecord& record) override;
  void OnRefused(std::string_view client, int status, std::string_view reason) override;

 private:
  metrics::Registry& registry_;
  PullRanking& ranking_;
};

// The same for the admin listener, which counts nothing and logs only what failed.
class AdminObserver final : public HttpObserver {
 public:
  void OnAccepted(bool) override {}
  void OnBytesSent(uint64_t) override {}
  void OnRequestDone(const Request& request, const RequestRecord& record) override;
  void OnRefused(std::string_view client, int status, std::string_view reason) override;
};

// Upstream traffic into metrics. Thread-safe: one for all loops.
class UpstreamObserver final : public UpstreamMetrics {
 public:
  // `loads` learns how far each upstream is.
  UpstreamObserver(metrics::Registry& registry, const UpstreamLoads& loads)
      : registry_(registry), loads_(loads) {}

  void OnAnswer(std::string_view upstream, std::string_view kind, std::string_view method,
                int status, Duration elapsed) override;
  void OnFailure(std::string_view upstream, std::string_view reason) override;
  void OnBytes(std::string_view upstream, uint64_t bytes) override;

 private:
  metrics::Registry& registry_;
  const UpstreamLoads& loads_;
};

}  // namespace longshore
