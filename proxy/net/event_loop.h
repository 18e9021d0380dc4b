#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include "cache/base/executor.h"
#include "cache/base/mutex.h"
#include "proxy/net/libevent_ptr.h"

namespace longshore {

// One thread's event_base, and the executor of everything that lives on it. Made anywhere, run by
// one thread. Tasks posted while a batch runs wait for the next turn, so sockets are looked at in
// between.
class EventLoop final : public Executor {
 public:
  using LagObserver = UniqueFunction<void(double seconds)>;

  EventLoop();
  ~EventLoop() override;  // after Run returned; tasks that did not run are destroyed

  // Blocks in this thread until Stop.
  void Run();
  void Stop();  // any thread; idempotent
  // Destroys the tasks that were posted and did not run, and what they post while they go. After
  // Run returned: what the tasks own may refer to objects that are about to go.
  void Discard();

  void Post(Task task) override;
  bool IsCurrent() const override;
  TimerId RunAfter(Duration delay, Task task) override;
  void CancelTimer(TimerId id) override;

  // Destroys `object` on a later turn: for objects that end inside their own callback.
  template <typename T>
  void DeleteLater(std::unique_ptr<T> object) {
    Post([object = std::move(object)] {});
  }

  // How late a timer that is due twice a second fires, reported from the loop. Set before Run.
  void ObserveLag(LagObserver observer) { lag_observer_ = std::move(observer); }

  event_base* base() const { return base_.get(); }

 private:
  struct Timer {
    EventLoop* loop = nullptr;
    TimerId id = 0;
    Task task;
    EventPtr event;
  };

  void DrainPosted();
  void FireTimer(TimerId id);
  void MeasureLag(TimePoint due);

  EventBasePtr base_;
  EventPtr wake_event_;
  int wake_fd_;
  std::atomic<std::thread::id> thread_;
  std::atomic<bool> stopped_{false};

  Mutex mutex_;
  std::vector<Task> posted_ GUARDED_BY(mutex_);

  std::unordered_map<TimerId, std::unique_ptr<Timer>> timers_;
  TimerId next_timer_ = 1;
  LagObserver lag_observer_;
};

}  // namespace longshore
