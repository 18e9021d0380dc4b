#pragma once

#include <string>
#include <string_view>

namespace longshore {

// Safe as text and inside a quoted attribute: & < > " ' become references, control characters
// U+FFFD. Pure, any thread.
std::string EscapeHtml(std::string_view text);

}  // namespace longshore
