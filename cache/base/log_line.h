#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "cache/base/log.h"

namespace longshore::log {

// Appends one line, without the newline. `time` is RFC 3339. Nothing in a value can end the line,
// and a JSON line is always JSON: what is not UTF-8 becomes U+FFFD. Allocates only to make `out`
// larger.
void AppendLine(std::string& out, const Options& options, std::string_view time, Level level,
                std::string_view topic, std::string_view msg, std::initializer_list<Field> fields);

}  // namespace longshore::log
