#pragma once

#include "proxy/config.h"
#include "setup/setup.h"

namespace longshore {

// `longshore setup`: fills in what the command line left out from the configuration, and does it.
// Prints; returns the exit status. Blocks.
int RunSetup(setup::Request request, const Config& config);

// The part of it that decides, for tests. kInvalid: an option is wrong, or the configuration cannot
// say under which address the mirror is reached.
[[nodiscard]] Result<setup::Mirror> ChooseMirror(setup::Mirror asked, const Config& config);

}  // namespace longshore
