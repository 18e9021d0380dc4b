#pragma once

#include <string_view>

namespace longshore {

// The status page's style sheet and script, as they stand in the page.
extern const std::string_view kStatusStyle;
extern const std::string_view kStatusScript;

}  // namespace longshore
