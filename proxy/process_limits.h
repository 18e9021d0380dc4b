#pragma once

#include <cstddef>
#include <cstdint>

namespace longshore {

// The cores this process may use. hardware_concurrency counts those of the machine, and a second
// loop on one core only takes turns with the first.
size_t CoreCount();

// Raises the process's limit on open files to the most that it may have, and says what it is now
// (RLIMIT_NOFILE); zero: it cannot be told.
uint64_t RaiseDescriptorLimit();

// How many clients may be connected so that enough descriptors are left for what they ask for:
// files, the index, connections to upstreams. `wanted` if that is fewer. Pure.
uint32_t ClientsWithin(uint64_t descriptors, uint32_t wanted);

}  // namespace longshore
