#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cache/base/clock.h"
#include "cache/base/log.h"
#include "cache/base/mutex.h"
#include "proxy/upstream/transfer.h"

namespace longshore {

// A request to an upstream that gave nothing usable.
struct UpstreamFailure {
  const std::string& upstream;
  const std::string& url;   // the upstream's, as configured
  const std::string& path;  // what was asked for
  const std::string& at;    // the URL that failed: a redirect's may hold secrets, so of it the host
  const TransferEnd& end;
};

// What the log says of such requests to one URL: each once, when it is known what follows from it.
// They may come in floods, a thousand time-outs at once: kBurst lines, then one a second, and the
// next one says how many were left out. Thread-safe; one leaf lock.
class FailureLog {
 public:
  static constexpr int kBurst = 10;

  explicit FailureLog(const Clock& clock) : clock_(clock) {}

  // `what_follows` is the line's message.
  void Write(log::Level level, std::string_view what_follows, const UpstreamFailure& failure);
  // Nothing is sent there for now: written in any case.
  void WriteLeftAlone(const UpstreamFailure& failure);
  // May a line be written now? Then how many were left out before it.
  std::optional<uint64_t> Admit();

 private:
  const Clock& clock_;
  Mutex mutex_;
  TimePoint paid_until_ GUARDED_BY(mutex_){};  // each line costs a second
  uint64_t left_out_ GUARDED_BY(mutex_) = 0;
};

}  // namespace longshore
