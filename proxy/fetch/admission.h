#pragma once

#include "cache/base/result.h"
#include "proxy/fetch/fair_allowance.h"

namespace longshore {

// What is under way for all clients together, and how much of it there may be. Beyond it a client
// is told to come back (503 with Retry-After) at once, so that it asks another mirror or the
// registry itself. One in the process; thread-safe.
struct Admission {
  FairAllowance fills;   // blobs that are being fetched
  FairAllowance memory;  // bytes of bodies and buffers, not of what the cache keeps
};

// A fill's queue may grow to that (BlobSegment::kQueueHigh), a body's to one frame or window. What
// comes encoded takes kMemoryOfDecoder as well.
inline constexpr uint64_t kMemoryOfFill = 4 << 20;
inline constexpr uint64_t kMemoryOfBody = 1 << 20;

inline tl::unexpected<Error> Overloaded(const char* by_what) {
  return Fail(Code::kUnavailable, std::string("this mirror is busy: ") + by_what);
}

}  // namespace longshore
