#pragma once

#include <cstdint>
#include <random>

#include "cache/base/clock.h"

namespace longshore {

// How long to wait before retry 0, 1, …: half of it is fixed and doubles, half is chance, so that
// many waiting calls spread out. Any thread.
inline Duration RetryDelay(int retry) {
  constexpr int64_t kFirstMillis = 100;
  thread_local std::minstd_rand random{std::random_device{}()};
  const int64_t full = kFirstMillis << retry;
  return Duration{full / 2 + std::uniform_int_distribution<int64_t>(0, full)(random)};
}

}  // namespace longshore
