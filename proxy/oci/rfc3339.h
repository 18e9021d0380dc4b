#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace longshore {

// "2026-08-09T12:34:56.789Z" or with an offset such as "+02:00", as wall milliseconds since
// 1970-01-01 UTC: RFC 3339 §5.6. Digits finer than a millisecond are dropped; a leap second (:60)
// is the second after. Any thread.
[[nodiscard]] std::optional<int64_t> ParseRfc3339(std::string_view text);
// "2026-08-09T12:34:56Z": whole seconds, rounded down. Any thread.
std::string FormatRfc3339(int64_t wall_millis);

}  // namespace longshore
