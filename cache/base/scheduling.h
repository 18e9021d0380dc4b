#pragma once

namespace longshore {

// How the kernel is to schedule the calling thread, which has just begun. Hints: a kernel that does
// not know one leaves the thread as it is. Needs no rights; does not block.

// For threads that answer clients: short turns, taken soon after they are woken. The share of the
// processor stays the same. By the slice of EEVDF (sched_setattr(2), Linux 6.12 and later).
void ScheduleSoon();

// For threads that work in bulk: they never take the processor from one that was just woken
// (SCHED_BATCH, sched(7)), and are `nicer` than they began (nice(2), which on Linux is the
// thread's): by 5, they get a third of what a busy loop on the same core gets.
void ScheduleInBatches(int nicer);

}  // namespace longshore
