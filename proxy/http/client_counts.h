#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "cache/base/mutex.h"

namespace longshore {

// What one client may have when `used` of `limit` are taken: as many as are free. So one alone gets
// half at most, and who comes next finds some.
inline uint64_t FairShare(uint64_t limit, uint64_t used) {
  return limit - std::min(used, limit);
}

// How much of something (connections, fills, memory) each client has, over all loops. Thread-safe;
// one leaf lock, taken once when some comes and once when it goes.
class ClientCounts {
 public:
  // How much the client had before.
  uint64_t Add(const std::string& client, uint64_t amount = 1);
  void Remove(const std::string& client, uint64_t amount = 1);

 private:
  Mutex mutex_;
  std::unordered_map<std::string, uint64_t> counts_ GUARDED_BY(mutex_);  // none is zero
};

}  // namespace longshore
