#pragma once

namespace longshore {

// How the kernel is to schedule the calling thread, which has just begun. Hints: a kernel that does
// not know one leaves the thread as it is. Needs no rights; does not block.

// For threads that answer clients: short turns, taken soon after they are woken. The share of the
// processor stays the same. By the slice of EEVDF (sched_setattr(2), Linux 6.12 and later).
void ScheduleSoon();

// For threads that work in bulk: they never take the processor from one that was just woken
// (SCHED_BATCH, sched(7)), and are `nicer` than they began (nice(2), which on Linux is the
// thread's): by 5, they get a third of what a busy loop on the same core gets. Slices of 0.5 ms.
void ScheduleInBatches(int nicer);

// Between two pieces of such work, for as many as like: lets whoever waits for this core have it,
// if the caller has had it for 0.2 ms. A loop that had more than its share when it was woken has to
// wait, and the kernel looks again at its next tick only, up to 4 ms later.
void GiveWay();

}  // namespace longshore
