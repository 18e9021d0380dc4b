#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "cache/base/clock.h"

namespace longshore {

// One of Docker Hub's fields `ratelimit-limit` and `ratelimit-remaining` (docs.docker.com, "Docker
// Hub pull usage and limits"): so many pulls in a window.
struct RateLimitField {
  int64_t count = 0;
  Duration window{0};  // zero: not said
  bool operator==(const RateLimitField&) const = default;
};

// "100;w=21600", "76;w=21600", "100": a whole number, and `w` in seconds among parameters of which
// the others are passed over. Nothing if it is anything else. Pure, any thread.
std::optional<RateLimitField> ParseRateLimit(std::string_view text);

}  // namespace longshore
