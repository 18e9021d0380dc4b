#pragma once

#include <cstdint>

#include "cache/base/clock.h"
#include "cache/base/unique_function.h"

namespace longshore {

// A thread that runs tasks one after the other, in the order they were posted. Post is thread-safe
// and never blocks; a task never runs inside the call that posts it. An executor outlives
// everything that posts to it.
class Executor {
 public:
  using TimerId = uint64_t;  // 0 is no timer

  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  virtual void Post(Task task) = 0;
  virtual bool IsCurrent() const = 0;  // is the caller running on this executor?

  // Only from the executor's own thread. A cancelled task never runs; an unknown id is ignored.
  virtual TimerId RunAfter(Duration delay, Task task) = 0;
  virtual void CancelTimer(TimerId id) = 0;
};

}  // namespace longshore
