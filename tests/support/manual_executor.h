#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "cache/base/executor.h"
#include "tests/support/fake_clock.h"

namespace longshore {

// An executor whose tasks run when the test says so, on the test's thread. Post is thread-safe, the
// rest is the test's thread only. Timers follow the fake clock.
class ManualExecutor final : public Executor {
 public:
  explicit ManualExecutor(const Clock& clock) : clock_(clock) {}

  void Post(Task task) override {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    posted_.notify_one();
  }
  bool IsCurrent() const override { return running_; }

  TimerId RunAfter(Duration delay, Task task) override {
    timers_.emplace(std::pair(clock_.Now() + delay, ++last_timer_), std::move(task));
    return last_timer_;
  }
  void CancelTimer(TimerId id) override {
    std::erase_if(timers_, [id](const auto& timer) { return timer.first.second == id; });
  }

  // Runs what is posted and what is due, and what that posts. Answers how many tasks ran.
  size_t RunAll() {
    size_t ran = 0;
    while (RunOne()) ++ran;
    return ran;
  }
  // For tests with real threads: waits for tasks to be posted and runs them until `done` holds.
  void RunUntil(const std::function<bool()>& done) {
    while (!done()) {
      if (RunOne()) continue;
      std::unique_lock lock(mutex_);
      posted_.wait(lock, [this] { return !tasks_.empty(); });
    }
  }

 private:
  bool RunOne() {
    Task task = Next();
    if (!task) return false;
    running_ = true;
    task();
    running_ = false;
    return true;
  }
  Task Next() {
    const auto due = timers_.begin();
    if (due != timers_.end() && due->first.first <= clock_.Now()) {
      Task task = std::move(due->second);
      timers_.erase(due);
      return task;
    }
    const std::lock_guard lock(mutex_);
    if (tasks_.empty()) return {};
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<Task> tasks_;
  std::map<std::pair<TimePoint, TimerId>, Task> timers_;
  TimerId last_timer_ = 0;
  bool running_ = false;
};

}  // namespace longshore
