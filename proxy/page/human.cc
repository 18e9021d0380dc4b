#include "proxy/page/human.h"

#include <array>
#include <string_view>

namespace longshore {
namespace {

// One digit behind the point, rounded down.
std::string OneDigit(uint64_t tenths) {
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

}  // namespace

std::string HumanBytes(uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  size_t unit = 0;
  uint64_t divisor = 1024;
  while (bytes / divisor >= 1024 && unit + 1 < kUnits.size()) {
    divisor *= 1024;
    ++unit;
  }
  const uint64_t whole = bytes / divisor;
  const uint64_t tenths = whole * 10 + bytes % divisor * 10 / divisor;
  return (whole >= 100 ? std::to_string(whole) : OneDigit(tenths)) + " " +
         std::string(kUnits[unit]);
}

std::string HumanAge(int64_t millis) {
  const int64_t seconds = millis < 0 ? 0 : millis / 1000;
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7'200) return std::to_string(seconds / 60) + " min";
  if (seconds < 172'800) return std::to_string(seconds / 3'600) + " h";
  return std::to_string(seconds / 86'400) + " d";
}

std::string HumanRatio(uint64_t part, uint64_t whole) {
  if (whole == 0) return "–";
  return OneDigit(part * 1000 / whole) + " %";
}

}  // namespace longshore
