#include "proxy/http/client_counts.h"

#include <utility>

namespace longshore {

uint64_t ClientCounts::Add(const std::string& client, uint64_t amount) {
  MutexLock lock(mutex_);
  uint64_t& count = counts_[client];
  return std::exchange(count, count + amount);
}

void ClientCounts::Remove(const std::string& client, uint64_t amount) {
  MutexLock lock(mutex_);
  const auto found = counts_.find(client);
  if (found != counts_.end() && (found->second -= amount) == 0) counts_.erase(found);
}

}  // namespace longshore
