#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "cache/base/mutex.h"
#include "cache/base/unique_function.h"
#include "proxy/admin/reload_report.h"

namespace longshore {

// Those who wait for a reload. Whoever asks does it on a thread of its own; the main thread, which
// owns the configuration, takes all of them, reloads once, and answers. Thread-safe, one leaf lock.
class ReloadRequests {
 public:
  // On the main thread, or, once closed, inside Ask: posts what it has to say, and does no more.
  using Answer = UniqueFunction<void(const ReloadReport& report)>;

  // `wake` makes the main thread take what waits. Called on the asker's thread.
  explicit ReloadRequests(std::function<void()> wake) : wake_(std::move(wake)) {}
  ReloadRequests(const ReloadRequests&) = delete;
  ReloadRequests& operator=(const ReloadRequests&) = delete;

  void Ask(Answer answer);
  // Who asked until now: the file is read after this, so each gets what it asked for.
  std::vector<Answer> Take();
  // Answers those who wait, and who asks from now on, that the process ends.
  void Close();

 private:
  const std::function<void()> wake_;
  Mutex mutex_;
  std::vector<Answer> waiting_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace longshore
