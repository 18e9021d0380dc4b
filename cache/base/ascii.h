#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace longshore {

// Text of protocols, whose letters are those of ASCII whatever the locale of the process is. Bytes
// beyond stay as they are.

inline constexpr std::string_view kSpaces = " \t";  // RFC 9110 §5.6.3, OWS

constexpr char LowerCase(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string LowerCase(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
// Without what stands at its ends: a part of `text`.
std::string_view Trim(std::string_view text, std::string_view spaces = kSpaces);
// Where the first byte that is `most` or less stands, at `from` (within the text) or after it;
// text.size() if none does. `most` is below 0x80. Looks at eight bytes at a time.
size_t FindAtMost(std::string_view text, char most, size_t from = 0);

}  // namespace longshore
