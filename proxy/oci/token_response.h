#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cache/base/result.h"

namespace longshore {

// A token server's answer: distribution docs/content/spec/auth/token.md "Token Response Fields" and
// oauth.md.
struct TokenResponse {
  std::string token;                    // visible ASCII only, so that it is safe inside a header
  std::chrono::seconds expires_in{60};  // from issued_at, or from when it was received; 1 s … 1 day
  // Wall milliseconds since 1970-01-01 UTC, by the token server's clock.
  std::optional<int64_t> issued_at;
};

inline constexpr size_t kMaxTokenResponseBytes = 256 << 10;

// `token`, or `access_token` if there is none. An `expires_in` that is missing, not a number or not
// positive is the spec's default of 60 s; an `issued_at` that is not RFC 3339 is left out.
// kBadUpstream: not a JSON object, no token, or a token that could break a header. The message
// never quotes it.
[[nodiscard]] Result<TokenResponse> ParseTokenResponse(std::string_view body);

}  // namespace longshore
