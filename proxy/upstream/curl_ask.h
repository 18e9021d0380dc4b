#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cache/base/clock.h"
#include "cache/base/result.h"

namespace longshore {

struct CurlQuestion {
  std::string method = "GET";  // without a body
  std::string url;
  std::vector<std::string> headers = {};  // "Name: value"
  Duration patience{3'000};               // from start to end
  size_t most_bytes = 1 << 20;            // of the answer's body
};

struct CurlAnswer {
  int status = 0;
  std::string body;
};

// One request, start to end, for commands that do nothing else meanwhile: blocks up to `patience`.
// No proxy, no redirect. kUnavailable: no answer, in curl's words; kTimeout; kTooLarge: the body.
[[nodiscard]] Result<CurlAnswer> CurlAsk(const CurlQuestion& question);

}  // namespace longshore
