#include "proxy/upstream/failure_log.h"

#include <algorithm>
#include <utility>

#include "proxy/upstream/url.h"

namespace longshore {
namespace {

constexpr Duration kPrice{1'000};

void WriteLine(log::Level level, std::string_view what_follows, const UpstreamFailure& failure,
               uint64_t left_out) {
  log::Write(level, "upstream", what_follows,
             {{"upstream", failure.upstream},
              {"url", failure.url},
              {"host", HostOf(failure.at)},
              {"path", failure.path},
              {"reason", failure.end.reason},
              {"error", failure.end.status.error().message},
              {"left_out", left_out}});
}

}  // namespace

void FailureLog::Write(log::Level level, std::string_view what_follows,
                       const UpstreamFailure& failure) {
  if (!log::Enabled(level)) return;
  if (const auto left_out = Admit()) WriteLine(level, what_follows, failure, *left_out);
}

void FailureLog::WriteLeftAlone(const UpstreamFailure& failure) {
  WriteLine(log::Level::kWarn, "keeps failing and is left alone", failure, 0);
}

std::optional<uint64_t> FailureLog::Admit() {
  const TimePoint now = clock_.Now();
  MutexLock lock(mutex_);
  const TimePoint paid_until = std::max(paid_until_, now) + kPrice;
  if (paid_until > now + kPrice * kBurst) {
    ++left_out_;
    return std::nullopt;
  }
  paid_until_ = paid_until;
  return std::exchange(left_out_, 0);
}

}  // namespace longshore
