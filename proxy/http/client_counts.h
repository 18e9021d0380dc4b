#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "cache/base/mutex.h"

namespace longshore {

// How many connections each client address has, over all loops. Thread-safe; one leaf lock, taken
// once when a connection comes and once when it goes.
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
