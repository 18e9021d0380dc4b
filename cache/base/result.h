#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace longshore {

// What the caller should do about it; proxy/oci/error.h maps each to an HTTP status and an OCI
// code.
enum class Code {
  kInvalid,      // the request itself is wrong: do not repeat it
  kNotFound,     // it does not exist: a definite answer, not a failure
  kDenied,       // credentials are missing or refused
  kUnsupported,  // this is never done here
  kTooLarge,     // over a limit that will not move
  kRateLimited,  // the upstream asks for patience
  kUnavailable,  // a passing failure: try again later
  kTimeout,      // no answer in time: try again later
  kBadUpstream,  // the upstream answered with something unusable
  kCorrupt,      // bytes failed their proof: never serve them
  kNoSpace,      // cannot be stored: stream it through
  kIo,           // the local disk failed
  kCancelled,    // the asker went away
  kInternal,     // a bug
};

std::string_view ToString(Code code);

struct Error {
  Code code = Code::kInternal;
  std::string message;  // one sentence for a person, without a trailing full stop
  // Seconds after which it may be tried again, where whoever failed knows; 0: it does not.
  int retry_after = 0;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> Fail(Code code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace longshore
