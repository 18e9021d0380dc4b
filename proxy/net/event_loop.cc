#include "proxy/net/event_loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace longshore {
namespace {

constexpr Duration kLagPeriod{500};

timeval ToTimeval(Duration delay) {
  const auto millis = delay.count() < 0 ? 0 : delay.count();
  return {static_cast<time_t>(millis / 1000), static_cast<suseconds_t>((millis % 1000) * 1000)};
}

}  // namespace

EventLoop::EventLoop()
    : base_(event_base_new()), wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  wake_event_.reset(event_new(
      base_.get(), wake_fd_, EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<EventLoop*>(self)->DrainPosted(); },
      this));
  event_add(wake_event_.get(), nullptr);
}

EventLoop::~EventLoop() {
  timers_.clear();
  Discard();
  wake_event_.reset();
  ::close(wake_fd_);
}

void EventLoop::Run() {
  thread_.store(std::this_thread::get_id());
  if (lag_observer_) {
    const TimePoint due = std::chrono::steady_clock::now() + kLagPeriod;
    RunAfter(kLagPeriod, [this, due] { MeasureLag(due); });
  }
  if (!stopped_.load()) event_base_dispatch(base_.get());
}

void EventLoop::Stop() {
  if (stopped_.exchange(true)) return;
  Post([this] { event_base_loopbreak(base_.get()); });
}

void EventLoop::Discard() {
  for (;;) {
    std::vector<Task> rest;
    {
      MutexLock lock(mutex_);
      rest.swap(posted_);
    }
    if (rest.empty()) return;
  }
}

void EventLoop::Post(Task task) {
  bool was_empty = false;
  {
    MutexLock lock(mutex_);
    was_empty = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (was_empty) {
    const uint64_t one = 1;
    // Cannot fail: the counter is far from overflow, and the reader resets it.
    [[maybe_unused]] const ssize_t n = ::write(wake_fd_, &one, sizeof one);
  }
}

bool EventLoop::IsCurrent() const {
  return thread_.load() == std::this_thread::get_id();
}

Executor::TimerId EventLoop::RunAfter(Duration delay, Task task) {
  auto timer = std::make_unique<Timer>();
  timer->loop = this;
  timer->id = next_timer_++;
  timer->task = std::move(task);
  timer->event.reset(evtimer_new(
      base_.get(),
      [](evutil_socket_t, short, void* arg) {
        auto* fired = static_cast<Timer*>(arg);
        fired->loop->FireTimer(fired->id);
      },
      timer.get()));
  const timeval after = ToTimeval(delay);
  evtimer_add(timer->event.get(), &after);
  const TimerId id = timer->id;
  timers_.emplace(id, std::move(timer));
  return id;
}

void EventLoop::CancelTimer(TimerId id) {
  timers_.erase(id);
}

void EventLoop::FireTimer(TimerId id) {
  auto node = timers_.extract(id);
  if (node.empty()) return;
  node.mapped()->task();
}

void EventLoop::DrainPosted() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = ::read(wake_fd_, &count, sizeof count);
  std::vector<Task> tasks;
  {
    MutexLock lock(mutex_);
    tasks.swap(posted_);
  }
  for (Task& task : tasks) {
    task();
    task = Task();
  }
}

void EventLoop::MeasureLag(TimePoint due) {
  const TimePoint now = std::chrono::steady_clock::now();
  lag_observer_(
      std::chrono::duration<double>(now > due ? now - due : TimePoint::duration{}).count());
  const TimePoint next = now + kLagPeriod;
  RunAfter(kLagPeriod, [this, next] { MeasureLag(next); });
}

}  // namespace longshore
