#pragma once

#include <string_view>

namespace longshore {

inline constexpr std::string_view kVersion = LONGSHORE_VERSION;

}  // namespace longshore
