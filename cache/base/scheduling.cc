#include "cache/base/scheduling.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

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

// Of the calling thread: to Linux, that is what process 0 is.
int Niceness() {
  return ::getpriority(PRIO_PROCESS, 0);
}

}  // namespace

void ScheduleSoon() {
  const SchedAttr attr{.nice = Niceness(), .runtime = kShortestSlice};
  ::syscall(SYS_sched_setattr, 0, &attr, 0U);
}

void ScheduleInBatches(int nicer) {
  const sched_param plain{};
  ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &plain);
  ::setpriority(PRIO_PROCESS, 0, Niceness() + nicer);
}

}  // namespace longshore
