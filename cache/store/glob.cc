#include "cache/store/glob.h"

#include <cstddef>

namespace longshore {

bool MatchesGlob(std::string_view pattern, std::string_view text) {
  // After a mismatch only the last star needs to take one byte more: what earlier ones took is
  // good.
  size_t p = 0;
  size_t star = std::string_view::npos;
  size_t taken_until = 0;
  for (size_t t = 0; t < text.size();) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken_until = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken_until;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool IsGlob(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

}  // namespace longshore
