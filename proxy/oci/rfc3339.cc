#include "proxy/oci/rfc3339.h"

#include <chrono>

namespace longshore {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Takes exactly `count` digits, then `after` (unless that is '\0').
std::optional<int> TakeNumber(std::string_view& text, size_t count, char after) {
  if (text.size() < count + (after == '\0' ? 0 : 1)) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!IsDigit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  if (after == '\0') return value;
  if (text.front() != after) return std::nullopt;
  text.remove_prefix(1);
  return value;
}

// ".789123" as 789; 0 where there is no fraction.
std::optional<int> TakeMillis(std::string_view& text) {
  if (text.empty() || text.front() != '.') return 0;
  text.remove_prefix(1);
  if (text.empty() || !IsDigit(text.front())) return std::nullopt;
  int millis = 0;
  int scale = 100;
  while (!text.empty() && IsDigit(text.front())) {
    millis += (text.front() - '0') * scale;
    scale /= 10;
    text.remove_prefix(1);
  }
  return millis;
}

std::optional<std::chrono::minutes> TakeOffset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes(0);
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hours = TakeNumber(text, 2, ':');
  if (!hours || *hours > 23) return std::nullopt;
  const auto minutes = TakeNumber(text, 2, '\0');
  if (!minutes || *minutes > 59 || !text.empty()) return std::nullopt;
  return std::chrono::minutes(sign * (*hours * 60 + *minutes));
}

}  // namespace

std::optional<int64_t> ParseRfc3339(std::string_view text) {
  const auto year = TakeNumber(text, 4, '-');
  const auto month = year ? TakeNumber(text, 2, '-') : std::nullopt;
  const auto day = month ? TakeNumber(text, 2, '\0') : std::nullopt;
  if (!day || text.empty() || (text.front() != 'T' && text.front() != 't')) return std::nullopt;
  text.remove_prefix(1);
  const auto hour = TakeNumber(text, 2, ':');
  const auto minute = hour ? TakeNumber(text, 2, ':') : std::nullopt;
  const auto second = minute ? TakeNumber(text, 2, '\0') : std::nullopt;
  const auto millis = second ? TakeMillis(text) : std::nullopt;
  const auto offset = millis ? TakeOffset(text) : std::nullopt;
  if (!offset || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const auto time = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
                    std::chrono::minutes(*minute) + std::chrono::seconds(*second) - *offset;
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count() + *millis;
}

std::string FormatRfc3339(int64_t wall_millis) {
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::milliseconds> time{
      std::chrono::milliseconds(wall_millis)};
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(floor<std::chrono::seconds>(time - day));
  const auto digits = [](int64_t value, size_t width) {
    std::string text = std::to_string(value);
    return text.size() < width ? std::string(width - text.size(), '0') + text : text;
  };
  return digits(static_cast<int>(date.year()), 4) + "-" +
         digits(static_cast<unsigned>(date.month()), 2) + "-" +
         digits(static_cast<unsigned>(date.day()), 2) + "T" + digits(clock.hours().count(), 2) +
         ":" + digits(clock.minutes().count(), 2) + ":" + digits(clock.seconds().count(), 2) + "Z";
}

}  // namespace longshore
