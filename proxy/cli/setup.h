#pragma once

#include "cache/base/result.h"
#include "proxy/config/config.h"
#include "setup/mirror.h"

namespace longshore::cli {

// The mirror that `longshore setup` points at: what the command line left out comes from the
// configuration. Pure. kInvalid: an option is wrong, or the configuration cannot say under which
// address the mirror is reached.
[[nodiscard]] Result<setup::Mirror> ChooseMirror(setup::Mirror asked, const Config& config);

}  // namespace longshore::cli
