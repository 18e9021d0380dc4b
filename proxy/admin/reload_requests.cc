#include "proxy/admin/reload_requests.h"

#include <utility>

namespace longshore {

void ReloadRequests::Ask(Answer answer) {
  const bool closed = [&] {
    MutexLock lock(mutex_);
    if (!closed_) waiting_.push_back(std::move(answer));
    return closed_;
  }();
  if (closed) {
    answer({ReloadReport::Outcome::kStopping, {}, {}, 0, {}});
  } else {
    wake_();
  }
}

std::vector<ReloadRequests::Answer> ReloadRequests::Take() {
  MutexLock lock(mutex_);
  return std::exchange(waiting_, {});
}

void ReloadRequests::Close() {
  {
    MutexLock lock(mutex_);
    closed_ = true;
  }
  for (Answer& answer : Take()) answer({ReloadReport::Outcome::kStopping, {}, {}, 0, {}});
}

}  // namespace longshore
