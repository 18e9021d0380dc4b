#pragma once

#include <string>

#include "cache/base/clock.h"
#include "cache/base/result.h"

namespace longshore {

struct CurlAnswer {
  long status = 0;
  std::string body;
};

// One GET, start to end, for commands that do nothing else meanwhile: blocks up to `patience`. No
// proxy, no redirect. kUnavailable: no answer; kTimeout; kTooLarge: a body over 1 MiB.
[[nodiscard]] Result<CurlAnswer> CurlGet(const std::string& url, Duration patience);

}  // namespace longshore
