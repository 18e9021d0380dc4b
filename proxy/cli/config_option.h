#pragma once

#include <string>

#include "cache/base/result.h"
#include "proxy/config/config.h"

namespace longshore::cli {

// What a subcommand takes from `--config`; an empty `file`: the built-in configuration. kInvalid:
// the first thing that is wrong with it, and what to do.
[[nodiscard]] Result<Config> LoadForCommand(const std::string& file);

}  // namespace longshore::cli
