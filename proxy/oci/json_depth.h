#pragma once

#include <string_view>

namespace longshore {

// Whether arrays and objects nest deeper than `depth` in a JSON text. To ask before handing a text
// from outside to a library that recurses when it prints. On a text that is not JSON the answer
// means nothing. Any thread.
bool IsDeeperThan(std::string_view json, int depth);

}  // namespace longshore
