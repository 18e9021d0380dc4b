#pragma once

#include <string>
#include <vector>

#include "proxy/config/config.h"

namespace longshore {

// What a configuration that was loaded again means for the process that runs with another.
struct ConfigChanges {
  Config config;  // the loaded one, where it can change at run time; else the running one
  // The keys that differ, as check-config names them; a password, however it is given, as
  // "password".
  std::vector<std::string> changed;       // and can change
  std::vector<std::string> need_restart;  // and cannot
};

// At run time change: `log.level`, `tag_ttl`, `stale_if_error`, `not_found_ttl`,
// `upstream_first_byte`, `complete_partial`, `drain`, the top-level limits, and of upstreams that
// stay `prefetch`, `allow_private_redirects`, the limits and the credentials.
ConfigChanges CompareConfigs(const Config& running, Config loaded);

}  // namespace longshore
