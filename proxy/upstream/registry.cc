#include "proxy/upstream/registry.h"

#include <utility>

#include "proxy/upstream/registry_call.h"

namespace longshore {

Registry::Registry(Executor& executor, TransferClient& client, Endpoints& endpoints,
                   const Clock& clock, UpstreamMetrics& metrics)
    : executor_(executor),
      client_(client),
      endpoints_(endpoints),
      clock_(clock),
      metrics_(metrics) {}

TransferPtr Registry::Start(UpstreamRequest request, TransferObserver& observer) {
  auto call = std::make_shared<RegistryCall>(*this, std::move(request), observer);
  call->Begin();
  return std::make_unique<RegistryTransfer>(std::move(call));
}

}  // namespace longshore
