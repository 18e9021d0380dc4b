#include "proxy/http/client_counts.h"

namespace longshore {

uint32_t ClientCounts::Add(const std::string& client) {
  MutexLock lock(mutex_);
  return counts_[client]++;
}

void ClientCounts::Remove(const std::string& client) {
  MutexLock lock(mutex_);
  const auto found = counts_.find(client);
  if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

}  // namespace longshore
