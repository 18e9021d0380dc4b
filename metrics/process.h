#pragma once

#include <cstdint>
#include <string_view>

#include "metrics/registry.h"

namespace longshore::metrics {

// What the kernel says about this process, from procfs. Each is 0 where it cannot be read. Some 20
// µs a call, more with thousands of open files; never touches a disk.
uint64_t ResidentBytes();
struct Heap {
  uint64_t used = 0;
  uint64_t free = 0;  // kept for the next allocations; some of it may be with the kernel again
};
// What malloc (glibc's) says of all its arenas, mapped chunks among what is used. Takes each
// arena's lock in turn, for as long as its free chunks take to count: some 10 µs a thousand.
Heap HeapBytes();
uint64_t OpenFds();
double StartTimeSeconds();  // since 1970-01-01 UTC

// Sets build_info and the process_ metrics of `registry`.
void RegisterProcessMetrics(Registry& registry, std::string_view version);

}  // namespace longshore::metrics
