#include "proxy/config/config_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace longshore {
namespace {

// Takes the digits at the front of `text`; nothing if there is none or they do not fit.
std::optional<uint64_t> TakeNumber(std::string_view& text) {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  uint64_t value = 0;
  size_t taken = 0;
  for (; taken < text.size() && text[taken] >= '0' && text[taken] <= '9'; ++taken) {
    const auto digit = static_cast<uint64_t>(text[taken] - '0');
    if (value > (kMost - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  if (taken == 0) return std::nullopt;
  text.remove_prefix(taken);
  return value;
}

struct Unit {
  std::string_view name;
  uint64_t factor;
};

constexpr std::array<Unit, 11> kSizeUnits = {{{"B", 1},
                                              {"KB", 1'000},
                                              {"MB", 1'000'000},
                                              {"GB", 1'000'000'000},
                                              {"TB", 1'000'000'000'000},
                                              {"PB", 1'000'000'000'000'000},
                                              {"KiB", uint64_t{1} << 10},
                                              {"MiB", uint64_t{1} << 20},
                                              {"GiB", uint64_t{1} << 30},
                                              {"TiB", uint64_t{1} << 40},
                                              {"PiB", uint64_t{1} << 50}}};

// Falling, as they must come; the values are milliseconds.
constexpr std::array<Unit, 5> kDurationUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr uint64_t kLongestDuration = 3650 * kDurationUnits[0].factor;

template <size_t kCount>
const Unit* FindUnit(const std::array<Unit, kCount>& units, std::string_view name) {
  const auto found =
      std::find_if(units.begin(), units.end(), [name](const Unit& it) { return it.name == name; });
  return found == units.end() ? nullptr : &*found;
}

}  // namespace

Result<uint64_t> ParseSize(std::string_view text) {
  constexpr auto kLargest = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  const auto wrong = [] {
    return Fail(Code::kInvalid, "not a size: write a whole number and a unit, like 50GiB or 512MB");
  };
  const auto number = TakeNumber(text);
  if (!number) return wrong();
  const Unit* unit = FindUnit(kSizeUnits, text.empty() ? "B" : text);
  if (unit == nullptr) return wrong();
  if (*number > kLargest / unit->factor) return Fail(Code::kInvalid, "the size is too large");
  return *number * unit->factor;
}

std::string FormatSize(uint64_t bytes) {
  const Unit* best = &kSizeUnits.front();
  for (const Unit& unit : kSizeUnits) {
    const bool binary = unit.name.size() == 3;
    if (binary && bytes != 0 && bytes % unit.factor == 0) best = &unit;
  }
  return std::to_string(bytes / best->factor) + std::string(best->name);
}

Result<Duration> ParseDuration(std::string_view text) {
  const auto wrong = [] {
    return Fail(Code::kInvalid, "not a duration: write it like 500ms, 60s, 10m, 1h30m or 7d");
  };
  if (text == "0") return Duration(0);
  if (text.empty()) return wrong();
  uint64_t total = 0;
  const Unit* previous = nullptr;
  while (!text.empty()) {
    const auto number = TakeNumber(text);
    if (!number) return wrong();
    const std::string_view name =
        text.substr(0, std::min(text.find_first_of("0123456789"), text.size()));
    const Unit* unit = FindUnit(kDurationUnits, name);
    if (unit == nullptr || (previous != nullptr && unit->factor >= previous->factor))
      return wrong();
    text.remove_prefix(name.size());
    if (*number > kLongestDuration / unit->factor) {
      return Fail(Code::kInvalid, "the duration is longer than 3650d");
    }
    total += *number * unit->factor;
    previous = unit;
  }
  if (total > kLongestDuration) return Fail(Code::kInvalid, "the duration is longer than 3650d");
  return Duration(total);
}

Result<int> ParseCount(std::string_view text, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size() && !text.empty();
  if (!is_number || value < least || value > most) {
    return Fail(Code::kInvalid, "must be a whole number from " + std::to_string(least) + " to " +
                                    std::to_string(most));
  }
  return value;
}

Result<double> ParsePercent(std::string_view text) {
  const bool has_sign = text.ends_with('%');
  const auto number = ParseCount(has_sign ? text.substr(0, text.size() - 1) : "", 0, 100);
  if (!number) return Fail(Code::kInvalid, "must be a percentage like 25%");
  return *number / 100.0;
}

Result<bool> ParseSwitch(std::string_view text) {
  if (text == "on" || text == "true") return true;
  if (text == "off" || text == "false") return false;
  return Fail(Code::kInvalid, "must be on or off");
}

}  // namespace longshore
