#pragma once

#include <cstdint>
#include <string_view>

#include "metrics/registry.h"

namespace longshore::metrics {

// What the kernel says about this process, from procfs. Each is 0 where it cannot be read. Some 20
// µs a call, more with thousands of open files; never touches a disk.
uint64_t ResidentBytes();
uint64_t OpenFds();
double StartTimeSeconds();  // since 1970-01-01 UTC

// Sets build_info and the process_ metrics of `registry`.
void RegisterProcessMetrics(Registry& registry, std::string_view version);

}  // namespace longshore::metrics
