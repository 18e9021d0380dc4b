#include "proxy/process_limits.h"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <thread>

namespace longshore {
namespace {

// Below that, what there is beside clients takes more than its half: blobs that are kept open, and
// those who are told why they are refused (http_server.cc), each up to 512.
constexpr uint64_t kPlenty = 4096;

}  // namespace

size_t CoreCount() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    return static_cast<size_t>(CPU_COUNT(&allowed));
  }
  return std::max<size_t>(1, std::thread::hardware_concurrency());
}

uint64_t RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : before;
}

uint32_t ClientsWithin(uint64_t descriptors, uint32_t wanted) {
  if (descriptors == 0) return wanted;
  const uint64_t most = descriptors >= kPlenty ? descriptors / 2 : descriptors / 4;
  return static_cast<uint32_t>(std::clamp<uint64_t>(most, 1, wanted));
}

}  // namespace longshore
