#include "cache/base/thread_pool.h"

#include <utility>

#include "cache/base/scheduling.h"

namespace longshore {
namespace {

// Hashing and writing must not make those wait who are answered from memory: they take the rest.
constexpr int kNicer = 5;

thread_local const ThreadPool* working_for = nullptr;

}  // namespace

ThreadPool::ThreadPool(size_t threads) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

ThreadPool::~ThreadPool() {
  Stop();
}

void ThreadPool::Post(std::string_view name, uint64_t key, Task job) {
  bool should_wake = false;
  {
    MutexLock lock(mutex_);
    if (stopping_ && outstanding_ == 0) return;
    ++outstanding_;
    if (key != kNoOrder) {
      auto [lane, is_first] = lanes_.try_emplace(key);
      if (!is_first) {
        lane->second.waiting.push_back({name, std::move(job)});
        return;
      }
    }
    ready_.push_back({key, {name, std::move(job)}});
    should_wake = working_for != this && ShouldWake();
  }
  if (should_wake) wake_.notify_one();
}

// True: the caller notifies one.
bool ThreadPool::ShouldWake() {
  if (sleeping_ == 0 || waking_ >= ready_.size()) return false;
  --sleeping_;
  ++waking_;
  return true;
}

void ThreadPool::Sleep() {
  ++sleeping_;
  std::unique_lock lock(mutex_.native(), std::adopt_lock);
  wake_.wait(lock);
  lock.release();
  // Woken, or by itself (POSIX allows that).
  --(waking_ > 0 ? waking_ : sleeping_);
}

void ThreadPool::BeginStop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
}

void ThreadPool::Stop() {
  BeginStop();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

bool ThreadPool::Stopping() const {
  MutexLock lock(mutex_);
  return stopping_;
}

size_t ThreadPool::QueueDepth() const {
  MutexLock lock(mutex_);
  return outstanding_;
}

void ThreadPool::Finished(uint64_t key) {
  --outstanding_;
  if (key == kNoOrder) return;
  auto lane = lanes_.find(key);
  if (lane->second.waiting.empty()) {
    lanes_.erase(lane);
    return;
  }
  ready_.push_back({key, std::move(lane->second.waiting.front())});
  lane->second.waiting.pop_front();
}

void ThreadPool::Work() {
  working_for = this;
  ScheduleInBatches(kNicer);
  mutex_.lock();
  for (;;) {
    while (ready_.empty() && !(stopping_ && outstanding_ == 0)) Sleep();
    if (ready_.empty()) break;
    RunFirst();
    // What the job posted or had waiting in its lane: one for this thread, the rest for others.
    if (stopping_) {
      wake_.notify_all();
    } else if (ready_.size() > 1 && ShouldWake()) {
      wake_.notify_one();
    }
  }
  mutex_.unlock();
}

void ThreadPool::RunQueued() {
  mutex_.lock();
  while (!ready_.empty()) RunFirst();
  mutex_.unlock();
}

void ThreadPool::RunFirst() {
  Ready next = std::move(ready_.front());
  ready_.pop_front();
  mutex_.unlock();
  next.job.run();
  next.job.run = Task();  // what the job owned is released outside the lock
  GiveWay();
  mutex_.lock();
  Finished(next.key);
}

}  // namespace longshore
