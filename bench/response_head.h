#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace longshore::bench {

struct ResponseHead {
  int status = 0;
  uint64_t content_length = 0;
};

// `head` is all up to and with the empty line. Nothing: not HTTP/1.1, or without a Content-Length.
std::optional<ResponseHead> ParseResponseHead(std::string_view head);

}  // namespace longshore::bench
