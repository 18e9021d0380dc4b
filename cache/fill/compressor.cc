#include "cache/fill/compressor.h"

#include <utility>

#include "cache/base/scheduling.h"

namespace longshore {
namespace {

// About 100 ms of work.
constexpr int kFramesATurn = 4;

constexpr uint64_t kMaxBytes = uint64_t{codec::kFrameBytes} * codec::SeekTable::kMaxFrames;

}  // namespace

void Compressor::Offer(const Digest& digest, uint64_t size) {
  if (!enabled_ || size < kMinBytes || size > kMaxBytes) return;
  MutexLock lock(mutex_);
  Queue(waiting_, {digest, 0});
}

void Compressor::TryWaiting() {
  {
    MutexLock lock(mutex_);
    for (const Waiting& waiting : std::exchange(waiting_, {})) Queue(ready_, waiting);
    if (ready_.empty() || std::exchange(running_, true)) return;
  }
  Post();
}

// The oldest is forgotten first.
void Compressor::Queue(std::deque<Waiting>& queue, const Waiting& waiting) {
  if (queue.size() == kMaxWaiting) queue.pop_front();
  queue.push_back(waiting);
}

void Compressor::Post() {
  parts_.pool.Post("compress", ThreadPool::kNoOrder, [this] { Turn(); });
}

void Compressor::Turn() {
  for (int i = 0; i < kFramesATurn; ++i) {
    if (parts_.pool.Stopping()) {
      current_.reset();
      return;
    }
    if (!current_ && !TakeNext()) return;
    const auto outcome = current_->Step();
    if (outcome != Compression::Outcome::kMore) End(outcome);
    GiveWay();
  }
  Post();
}

// False: nothing waits, and this was the last job for now.
bool Compressor::TakeNext() {
  {
    MutexLock lock(mutex_);
    if (ready_.empty()) {
      running_ = false;
      return false;
    }
    next_ = ready_.front();
    ready_.pop_front();
  }
  current_ = std::make_unique<Compression>(parts_, next_.digest);
  return true;
}

void Compressor::End(Compression::Outcome outcome) {
  if (current_->Begun()) ++next_.rewrites;
  current_.reset();
  if (outcome != Compression::Outcome::kBusy || next_.rewrites == kMaxRewrites) return;
  MutexLock lock(mutex_);
  Queue(waiting_, next_);
}

}  // namespace longshore
