#pragma once

#include <string_view>

namespace longshore {

// Does all of `text` match? `*` stands for any number of bytes, '/' among them, `?` for one; every
// other byte for itself. Takes time in proportion to the product of both lengths at most. Pure, any
// thread.
bool MatchesGlob(std::string_view pattern, std::string_view text);
// Has it a `*` or a `?`?
bool IsGlob(std::string_view text);

}  // namespace longshore
