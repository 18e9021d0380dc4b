#include "proxy/upstream/endpoint.h"

namespace longshore {

bool Endpoint::SetCredentials(Credentials credentials) {
  const bool changed = tokens_.SetCredentials(std::move(credentials));
  if (changed) health_.ForgetPatience();
  return changed;
}

void Endpoint::OnPeer(const std::string& address) {
  if (!address.empty()) reach_.store(ReachOf(address), std::memory_order_relaxed);
}

}  // namespace longshore
