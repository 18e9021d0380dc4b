#include "cache/base/ascii.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace longshore {
namespace {

// Is any byte of the word below `bound`, which is at most 0x80? Subtracting it from each borrows
// into the high bit of those that are, unless they had that bit before.
constexpr bool HasByteBelow(uint64_t word, uint64_t bound) {
  constexpr uint64_t kEach = 0x0101010101010101;
  return ((word - kEach * bound) & ~word & (kEach * 0x80)) != 0;
}

}  // namespace

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return LowerCase(c); });
  return lower;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerCase(x) == LowerCase(y); });
}

std::string_view Trim(std::string_view text, std::string_view spaces) {
  const size_t begin = text.find_first_not_of(spaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

size_t FindAtMost(std::string_view text, char most, size_t from) {
  const auto bound = static_cast<unsigned char>(most) + 1u;
  uint64_t word = 0;
  size_t at = from;
  for (; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if (HasByteBelow(word, bound)) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) >= bound) ++at;
  return at;
}

}  // namespace longshore
