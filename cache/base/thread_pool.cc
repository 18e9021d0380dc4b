#include "cache/base/thread_pool.h"

#include <utility>

namespace longshore {

ThreadPool::ThreadPool(size_t threads) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

ThreadPool::~ThreadPool() {
  Stop();
}

void ThreadPool::Post(std::string_view name, uint64_t key, Task job) {
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
  }
  wake_.notify_one();
}

void ThreadPool::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
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
  mutex_.lock();
  for (;;) {
    while (ready_.empty() && !(stopping_ && outstanding_ == 0)) wake_.wait(mutex_);
    if (ready_.empty()) break;
    RunFirst();
    // One more job may be ready now, or the last one is done and everyone must see it.
    if (stopping_) {
      wake_.notify_all();
    } else if (!ready_.empty()) {
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
  mutex_.lock();
  Finished(next.key);
}

}  // namespace longshore
