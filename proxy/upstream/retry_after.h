#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cache/base/clock.h"
#include "proxy/upstream/transfer.h"

namespace longshore {

// However long an upstream asks to be left alone, after so long it is asked again.
inline constexpr Duration kMostPatience = std::chrono::minutes(5);

// Where it is not known for how long: a 429 does not say, or a probe is under way.
inline constexpr Duration kDefaultPatience = std::chrono::seconds(1);

// How long who sent `head` wants to be left alone: a 429 always does, a 503 if it says so. Nothing:
// it does not. Pure, any thread.
std::optional<Duration> PatienceAsked(const TransferHead& head, int64_t wall_millis);

// The Retry-After field (RFC 9110 §10.2.3), "120" or an HTTP-date in any of the three forms of
// §5.6.7, as a time from now on, from zero to kMostPatience. Nothing if it is neither. Pure, any
// thread.
std::optional<Duration> ParseRetryAfter(const std::string& text, int64_t wall_millis);

}  // namespace longshore
