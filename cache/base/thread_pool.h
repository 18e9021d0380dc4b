#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "cache/base/mutex.h"
#include "cache/base/unique_function.h"

namespace longshore {

// Threads for work that may block. Jobs of one key run one at a time in the order they were posted;
// jobs of different keys run in any order. The queue is bounded by its users: a connection has at
// most one lookup outstanding, a fill at most its writer's queue of bytes. Thread-safe.
//
// Waking a thread costs more than most jobs, so no more are woken than there are jobs for; what a
// job posts is left to its own thread, which is free when the job ends: a job posts last.
class ThreadPool {
 public:
  static constexpr uint64_t kNoOrder = 0;  // a key that orders nothing

  explicit ThreadPool(size_t threads);
  ~ThreadPool();  // runs what is queued, then joins
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // `name` is a literal: it names the job in metrics and in a debugger. Never blocks.
  void Post(std::string_view name, uint64_t key, Task job);

  // Lets Stopping() be true and Stop() be short: jobs that go on for long end early.
  void BeginStop();
  // Runs what is queued (and what that posts), then joins. What is posted later is dropped.
  void Stop();

  bool Stopping() const;  // jobs that go on for long look now and then
  // Runs queued jobs on the caller's thread until none is left: for tests, with a pool of no
  // threads.
  void RunQueued();

  size_t QueueDepth() const;  // jobs posted and not finished

 private:
  struct Job {
    std::string_view name;
    Task run;
  };
  // A key in flight: its first job is running or in ready_, the rest wait here.
  struct Lane {
    std::deque<Job> waiting;
  };
  struct Ready {
    uint64_t key;
    Job job;
  };

  void Work();
  void Sleep() REQUIRES(mutex_);
  bool ShouldWake() REQUIRES(mutex_);
  void RunFirst() REQUIRES(mutex_);
  void Finished(uint64_t key) REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::condition_variable wake_;
  std::deque<Ready> ready_ GUARDED_BY(mutex_);
  std::unordered_map<uint64_t, Lane> lanes_ GUARDED_BY(mutex_);
  size_t outstanding_ GUARDED_BY(mutex_) = 0;
  size_t sleeping_ GUARDED_BY(mutex_) = 0;  // and nobody has woken them
  size_t waking_ GUARDED_BY(mutex_) = 0;    // woken, and not there yet
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace longshore
