#pragma once

#include <memory>
#include <string>

#include "cache/base/clock.h"
#include "cache/base/executor.h"
#include "proxy/upstream/token_source.h"
#include "proxy/upstream/upstream.h"

namespace longshore {

// Upstream over a TransferClient: bearer and basic challenges, redirects (never with Authorization
// to another origin, never from https to http), bounded retries with jitter. Lives on one loop.
class Registry final : public Upstream {
 public:
  // All outlive the registry. `tokens` is shared by the registries of all loops.
  Registry(Executor& executor, TransferClient& client, TokenSource& tokens, const Clock& clock,
           UpstreamMetrics& metrics);

  const std::string& name() const override { return tokens_.credentials().upstream; }
  TransferPtr Start(UpstreamRequest request, TransferObserver& observer) override;

 private:
  friend class RegistryCall;
  Executor& executor_;
  TransferClient& client_;
  TokenSource& tokens_;
  const Clock& clock_;
  UpstreamMetrics& metrics_;
};

}  // namespace longshore
