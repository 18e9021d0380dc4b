#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "proxy/http/message.h"

namespace longshore {

// Parses one request head (RFC 9112 §2–6) from a growing buffer. One connection's, one thread's.
// Strict: whatever two servers could read differently is refused (§11.2, request smuggling): bare
// CR or LF, folded lines, a missing or second Host, Content-Length twice or with Transfer-Encoding,
// any Transfer-Encoding but `chunked`, NUL.
class RequestParser {
 public:
  static constexpr size_t kMaxHead = 64 * 1024;  // bytes of request line and fields together
  static constexpr size_t kMaxFields = 128;

  struct Outcome {
    enum class Kind { kNeedMore, kDone, kBad } kind = Kind::kNeedMore;
    size_t consumed = 0;      // kDone: bytes of the head
    int status = 0;           // kBad: 400, 431, 501 or 505
    std::string_view reason;  // kBad: a literal, for the client and the log
  };

  // `data` is everything received since the last request, from its first byte.
  Outcome Parse(std::string_view data, Request& request);

 private:
  size_t scanned_ = 0;  // no end of head before this offset
};

}  // namespace longshore
