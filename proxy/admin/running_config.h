#pragma once

#include <memory>
#include <utility>

#include "cache/base/mutex.h"
#include "proxy/config/config.h"

namespace longshore {

// The configuration that is in force, for those on other threads than the one that reloads it.
// Thread-safe; one leaf lock, held for the copy of a pointer.
class RunningConfig {
 public:
  explicit RunningConfig(Config config)
      : config_(std::make_shared<const Config>(std::move(config))) {}

  // What it says now: it does not change under the reader. Never null.
  std::shared_ptr<const Config> Get() const {
    MutexLock lock(mutex_);
    return config_;
  }
  void Set(Config config) {
    auto next = std::make_shared<const Config>(std::move(config));
    MutexLock lock(mutex_);
    config_.swap(next);
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const Config> config_ GUARDED_BY(mutex_);
};

}  // namespace longshore
