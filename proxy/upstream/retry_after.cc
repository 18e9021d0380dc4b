#include "proxy/upstream/retry_after.h"

#include <curl/curl.h>

#include <algorithm>

namespace longshore {
namespace {

constexpr size_t kMostDigits = 9;  // more is beyond any bound of ours

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

Duration Bounded(int64_t millis) {
  return Duration{std::clamp<int64_t>(millis, 0, kMostPatience.count())};
}

}  // namespace

std::optional<Duration> PatienceAsked(const TransferHead& head, int64_t wall_millis) {
  if (head.status != 429 && head.status != 503) return std::nullopt;
  const std::string field(head.fields.Get("Retry-After").value_or(""));
  const auto asked = ParseRetryAfter(field, wall_millis);
  if (asked && *asked > Duration{0}) return asked;
  if (head.status == 503) return std::nullopt;
  return kDefaultPatience;
}

std::optional<Duration> ParseRetryAfter(const std::string& text, int64_t wall_millis) {
  if (text.empty()) return std::nullopt;
  if (std::all_of(text.begin(), text.end(), IsDigit)) {
    if (text.size() > kMostDigits) return kMostPatience;
    return Bounded(std::stoll(text) * 1000);
  }
  // All three forms begin with the day of the week; what else curl_getdate takes is no HTTP-date.
  const bool is_named = text.front() >= 'A' && text.front() <= 'Z';
  const time_t when = is_named ? curl_getdate(text.c_str(), nullptr) : -1;
  if (when < 0) return std::nullopt;
  return Bounded(int64_t{when} * 1000 - wall_millis);
}

}  // namespace longshore
