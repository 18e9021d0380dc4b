#include "cache/base/scheduling.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>

namespace longshore {
namespace {

// struct sched_attr of the kernel's interface, version 0; Debian 12's C library does not declare
// it.
struct SchedAttr {
  uint32_t size = sizeof(SchedAttr);
  uint32_t policy = SCHED_OTHER;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;  // of SCHED_OTHER: the slice, ns; 0.1 ms to 100 ms
  uint64_t deadline = 0;
  uint64_t period = 0;
};

constexpr uint64_t kShortestSlice = 100'000;
constexpr uint64_t kBatchSlice = 500'000;
constexpr std::chrono::microseconds kTurn(200);

// Of the calling thread: to Linux, that is what process 0 is.
int Niceness() {
  return ::getpriority(PRIO_PROCESS, 0);
}

bool Apply(const SchedAttr& attr) {
  return ::syscall(SYS_sched_setattr, 0, &attr, 0U) == 0;
}

}  // namespace

void ScheduleSoon() {
  (void)Apply({.nice = Niceness(), .runtime = kShortestSlice});
}

void ScheduleInBatches(int nicer) {
  const int nice = Niceness() + nicer;
  if (Apply({.policy = SCHED_BATCH, .nice = nice, .runtime = kBatchSlice})) return;
  const sched_param plain{};
  ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &plain);
  ::setpriority(PRIO_PROCESS, 0, nice);
}

void GiveWay() {
  thread_local std::chrono::steady_clock::time_point gave;
  if (std::chrono::steady_clock::now() - gave < kTurn) return;
  ::sched_yield();
  gave = std::chrono::steady_clock::now();
}

}  // namespace longshore
