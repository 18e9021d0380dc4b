#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cache/base/clock.h"
#include "cache/base/executor.h"
#include "proxy/upstream/endpoints.h"
#include "proxy/upstream/upstream.h"

namespace longshore {

// Upstream over a TransferClient: bearer and basic challenges, redirects (never with Authorization
// to another origin, never from https to http, never further inside than it lies itself unless
// that is allowed), fail-over from URL to URL, bounded retries with jitter. What keeps failing or
// asks for patience is not asked; what it does not have is remembered for a moment. Lives on one
// loop.
class Registry final : public Upstream {
 public:
  // All outlive the registry. `endpoints` is shared by the registries of all loops.
  Registry(Executor& executor, TransferClient& client, Endpoints& endpoints, const Clock& clock,
           UpstreamMetrics& metrics);

  const std::string& name() const override { return endpoints_.name(); }
  TransferPtr Start(UpstreamRequest request, TransferObserver& observer) override;
  std::optional<double> LimitLeft() const override { return endpoints_.LimitLeft(); }

 private:
  friend class RegistryCall;
  Executor& executor_;
  TransferClient& client_;
  Endpoints& endpoints_;
  const Clock& clock_;
  UpstreamMetrics& metrics_;
};

}  // namespace longshore
