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

// How many of something (connections, fills) each client has, over all loops. Thread-safe; one leaf
// lock, taken once when one comes and once when it goes.
class ClientCounts {
 public:
  // How many the client had before.
  uint32_t Add(const std::string& client);
  void Remove(const std::string& client);

 private:
  Mutex mutex_;
  std::unordered_map<std::string, uint32_t> counts_ GUARDED_BY(mutex_);  // none is zero
};

}  // namespace longshore
