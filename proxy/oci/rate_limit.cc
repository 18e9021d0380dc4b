#include "proxy/oci/rate_limit.h"

#include <charconv>

#include "cache/base/ascii.h"

namespace longshore {
namespace {

constexpr int64_t kMostCount = int64_t{1} << 53;         // a gauge shows it exactly
constexpr int64_t kMostSeconds = int64_t{366} * 86'400;  // a year

std::optional<int64_t> ParseNumber(std::string_view text, int64_t most) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < 0 || value > most) return std::nullopt;
  return value;
}

// What stands before the next semicolon, which is taken off `rest`.
std::string_view NextPart(std::string_view& rest) {
  const size_t end = rest.find(';');
  const std::string_view part = Trim(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return part;
}

}  // namespace

std::optional<RateLimitField> ParseRateLimit(std::string_view text) {
  const auto count = ParseNumber(NextPart(text), kMostCount);
  if (!count) return std::nullopt;
  RateLimitField field{*count, Duration{0}};
  while (!text.empty()) {
    const std::string_view parameter = NextPart(text);
    if (!parameter.starts_with("w=")) continue;
    const auto seconds = ParseNumber(parameter.substr(2), kMostSeconds);
    if (!seconds) return std::nullopt;
    field.window = std::chrono::seconds(*seconds);
  }
  return field;
}

}  // namespace longshore
