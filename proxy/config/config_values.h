#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cache/base/clock.h"
#include "cache/base/result.h"

namespace longshore {

// Sizes and durations in the configuration file. Pure functions, any thread. Every failure is
// kInvalid, with a message that says what would be right.

// "50GiB", "512MiB", "10GB", "4096", "4096B": a whole number and a unit of B, KB … PB (powers of
// 1000) or KiB … PiB (powers of 1024), case-sensitive; without a unit it is bytes. At most 2^63
// - 1.
[[nodiscard]] Result<uint64_t> ParseSize(std::string_view text);
std::string FormatSize(uint64_t bytes);  // "50GiB" where it comes out even, otherwise bytes

// "60s", "7d", "10m", "1h30m", "500ms": whole numbers with d, h, m, s, ms, each unit at most once
// and in that order; "0" needs no unit. At most 3650d.
[[nodiscard]] Result<Duration> ParseDuration(std::string_view text);

// "25%", "0%", "100%": a whole number of hundredths, as a fraction.
[[nodiscard]] Result<double> ParsePercent(std::string_view text);

// "on" or "off", or YAML's own true and false.
[[nodiscard]] Result<bool> ParseSwitch(std::string_view text);

// A whole number from `least` to `most`.
[[nodiscard]] Result<int> ParseCount(std::string_view text, int least, int most);

}  // namespace longshore
