#include "cache/health/waiting_calls.h"

namespace longshore {

bool WaitingCalls::Ticket::IsWanted() const {
  if (calls_ == nullptr) return false;
  MutexLock lock(calls_->mutex_);
  return calls_->waiting_.contains(id_);
}

bool WaitingCalls::Ticket::Redeem() {
  WaitingCalls* calls = std::exchange(calls_, nullptr);
  if (calls == nullptr) return false;
  Task dropped;  // what it owns goes outside the lock
  MutexLock lock(calls->mutex_);
  const auto found = calls->waiting_.find(id_);
  if (found == calls->waiting_.end()) return false;
  dropped = std::move(found->second);
  calls->waiting_.erase(found);
  return true;
}

WaitingCalls::Ticket WaitingCalls::Add(Task give_up) {
  MutexLock lock(mutex_);
  const uint64_t id = ++last_id_;
  waiting_.emplace(id, std::move(give_up));
  return {this, id};
}

void WaitingCalls::GiveUpAll() {
  std::unordered_map<uint64_t, Task> given_up;
  {
    MutexLock lock(mutex_);
    given_up.swap(waiting_);
  }
  for (auto& [id, give_up] : given_up) give_up();
}

}  // namespace longshore
