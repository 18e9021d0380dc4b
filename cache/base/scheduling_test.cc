#include "cache/base/scheduling.h"

#include <doctest/doctest.h>
#include <sched.h>
#include <sys/resource.h>

#include <thread>

namespace longshore {
namespace {

struct Seen {
  int policy = -1;
  int niceness = 0;
};

// Of a thread that has just called `schedule`.
template <typename Schedule>
Seen After(Schedule schedule) {
  Seen seen;
  std::thread([&] {
    schedule();
    seen = {::sched_getscheduler(0), ::getpriority(PRIO_PROCESS, 0)};
  }).join();
  return seen;
}

TEST_CASE("a thread that works in bulk is nicer by what it says, and no other is") {
  const int before = ::getpriority(PRIO_PROCESS, 0);
  const Seen bulk = After([] { ScheduleInBatches(3); });
  CHECK(bulk.policy == SCHED_BATCH);
  CHECK(bulk.niceness == before + 3);
  CHECK(::getpriority(PRIO_PROCESS, 0) == before);
  CHECK(After([] { ScheduleInBatches(0); }).niceness == before);
}

TEST_CASE("a thread with short turns keeps its share: it is as nice as it was") {
  const int before = ::getpriority(PRIO_PROCESS, 0);
  const Seen soon = After([] { ScheduleSoon(); });
  CHECK(soon.policy == SCHED_OTHER);
  CHECK(soon.niceness == before);
}

}  // namespace
}  // namespace longshore
