#pragma once

#include <string>

#include "proxy/config.h"

namespace longshore {

// `longshore health`: asks the admin listener of a running process for /readyz; for images without
// an HTTP client. `admin`: its HOST:PORT; empty: the configuration's. Prints one line; returns 0 if
// it is ready, 1 if not, 2 if the address is none. Blocks, at most three seconds.
int RunHealth(const std::string& admin, const Config& config);

}  // namespace longshore
