#include "cache/store/partial_blob.h"

#include <algorithm>
#include <utility>

namespace longshore {

PartialBlob::PartialBlob(Digest digest, uint64_t size, FilePtr file)
    : digest_(digest), size_(size), file_(std::move(file)) {}

PartialBlob::View PartialBlob::ReadableFrom(uint64_t offset) const {
  MutexLock lock(mutex_);
  View view;
  view.state = state_;
  view.readable_end = std::max(offset, readable_.FirstAbsent(offset, size_));
  if (state_ == State::kFailed) view.error = error_;
  return view;
}

std::vector<ByteRange> PartialBlob::Unreadable(ByteRange within) const {
  MutexLock lock(mutex_);
  return readable_.Gaps(within);
}

PartialBlob::WaitId PartialBlob::WaitFor(ByteRange wanted, Executor& executor, Task wake) {
  Executor* watcher = nullptr;
  std::function<void()> changed;
  WaitId id = 0;
  {
    MutexLock lock(mutex_);
    if (state_ == State::kFilling && !IsReadable(wanted.begin)) {
      id = ++last_wait_;
      waiters_.push_back({id, wanted, &executor, std::move(wake)});
      if (watcher_ != nullptr && !std::exchange(demand_told_, true)) {
        watcher = watcher_;
        changed = demand_changed_;
      }
    }
  }
  // It was moved from above if and only if there is an id.
  // NOLINTNEXTLINE(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  if (id == 0) executor.Post(std::move(wake));
  if (watcher != nullptr) watcher->Post(std::move(changed));
  return id;
}

void PartialBlob::CancelWait(WaitId id) {
  MutexLock lock(mutex_);
  std::erase_if(waiters_, [id](const Waiter& waiter) { return waiter.id == id; });
}

void PartialBlob::WatchDemand(Executor& executor, std::function<void()> changed) {
  MutexLock lock(mutex_);
  watcher_ = &executor;
  demand_changed_ = std::move(changed);
  demand_told_ = false;
}

void PartialBlob::UnwatchDemand() {
  MutexLock lock(mutex_);
  watcher_ = nullptr;
  demand_changed_ = nullptr;
}

std::vector<ByteRange> PartialBlob::Demand() {
  MutexLock lock(mutex_);
  demand_told_ = false;
  std::vector<ByteRange> demand;
  demand.reserve(waiters_.size());
  for (const Waiter& waiter : waiters_) demand.push_back(waiter.wanted);
  return demand;
}

void PartialBlob::Publish(ByteRange written) {
  written.end = std::min(written.end, size_);
  std::vector<Waiter> woken;
  {
    MutexLock lock(mutex_);
    if (state_ == State::kProven) return;
    present_.Add(written);
    if (state_ == State::kFailed) return;
    Release(written);
    woken = TakeWoken();
  }
  Wake(std::move(woken));
}

void PartialBlob::Prove() {
  std::vector<Waiter> woken;
  {
    MutexLock lock(mutex_);
    if (state_ != State::kFilling) return;
    state_ = State::kProven;
    present_.Add({0, size_});
    readable_.Add({0, size_});
    readable_bytes_ = size_;
    woken = TakeWoken();
  }
  Wake(std::move(woken));
}

void PartialBlob::Fail(Error error) {
  std::vector<Waiter> woken;
  {
    MutexLock lock(mutex_);
    if (state_ != State::kFilling) return;
    state_ = State::kFailed;
    error_ = std::move(error);
    woken = TakeWoken();
  }
  Wake(std::move(woken));
}

RangeSet PartialBlob::Present() const {
  MutexLock lock(mutex_);
  return present_;
}

uint64_t PartialBlob::PresentUntil(uint64_t offset) const {
  MutexLock lock(mutex_);
  return present_.FirstAbsent(offset, size_);
}

std::vector<ByteRange> PartialBlob::Absent(ByteRange within) const {
  MutexLock lock(mutex_);
  return present_.Gaps(within);
}

bool PartialBlob::IsReadable(uint64_t offset) const {
  return offset < size_ && readable_.Contains({offset, offset + 1});
}

void PartialBlob::Release(ByteRange written) {
  const uint64_t limit = size_ - std::min(kHoldBack, size_);
  for (ByteRange gap : readable_.Gaps(written)) {
    gap.end = std::min(gap.end, gap.begin + (limit - readable_bytes_));
    readable_.Add(gap);
    readable_bytes_ += gap.size();
  }
}

std::vector<PartialBlob::Waiter> PartialBlob::TakeWoken() {
  if (state_ != State::kFilling) return std::exchange(waiters_, {});
  const auto first = std::stable_partition(
      waiters_.begin(), waiters_.end(),
      [this](const Waiter& waiter) REQUIRES(mutex_) { return !IsReadable(waiter.wanted.begin); });
  std::vector<Waiter> woken(std::make_move_iterator(first),
                            std::make_move_iterator(waiters_.end()));
  waiters_.erase(first, waiters_.end());
  return woken;
}

void PartialBlob::Wake(std::vector<Waiter> woken) {
  for (Waiter& waiter : woken) waiter.executor->Post(std::move(waiter.wake));
}

}  // namespace longshore
