#include "cache/fill/hash_follower.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "cache/base/scheduling.h"

namespace longshore {

bool HashFollower::Offer(uint64_t offset, std::string data) {
  MutexLock lock(mutex_);
  // What lies furthest from the frontier is the first to be read back instead.
  while (queued_ + data.size() > kMaxQueued && !queue_.empty() && queue_.rbegin()->first > offset) {
    queued_ -= queue_.rbegin()->second.size();
    queue_.erase(std::prev(queue_.end()));
  }
  if (!data.empty() && queued_ + data.size() <= kMaxQueued) {
    queued_ += data.size();
    queue_.emplace(offset, std::move(data));
  }
  offered_ = true;
  return !std::exchange(scheduled_, true);
}

Result<bool> HashFollower::Drain(uint64_t limit) {
  for (uint64_t done = 0; done < limit;) {
    {
      MutexLock lock(mutex_);
      offered_ = false;
    }
    auto hashed = HashNext();
    if (!hashed) return tl::unexpected(hashed.error());
    done += *hashed;
    if (*hashed > 0) continue;
    MutexLock lock(mutex_);
    // An Offer since the look above found that it need not schedule.
    if (offered_) continue;
    scheduled_ = false;
    return false;
  }
  return true;
}

Result<Digest> HashFollower::Finish() {
  while (hashed_ < blob_->size()) {
    auto hashed = HashNext();
    if (!hashed) return tl::unexpected(hashed.error());
    if (*hashed == 0) return Fail(Code::kInternal, "a fill was sealed before it was complete");
  }
  return hasher_.Finish();
}

// Bytes hashed; 0 when the next byte is not present.
Result<uint64_t> HashFollower::HashNext() {
  GiveWay();
  if (auto data = TakeQueued()) {
    hasher_.Update(*data);
    hashed_ += data->size();
    return data->size();
  }
  return HashFromFile(std::min(blob_->PresentUntil(hashed_), FirstQueued()));
}

std::optional<std::string> HashFollower::TakeQueued() {
  MutexLock lock(mutex_);
  while (!queue_.empty() && queue_.begin()->first <= hashed_) {
    auto first = queue_.extract(queue_.begin());
    queued_ -= first.mapped().size();
    if (first.key() == hashed_) return std::move(first.mapped());
  }
  return std::nullopt;
}

uint64_t HashFollower::FirstQueued() {
  MutexLock lock(mutex_);
  return queue_.empty() ? std::numeric_limits<uint64_t>::max() : queue_.begin()->first;
}

Result<uint64_t> HashFollower::HashFromFile(uint64_t end) {
  if (end <= hashed_) return 0;
  buffer_.resize(std::min<uint64_t>(kReadBack, end - hashed_));
  auto read = disk_.ReadAt(*blob_->file(), hashed_, buffer_);
  if (!read) return tl::unexpected(read.error());
  if (*read != buffer_.size())
    return Fail(Code::kIo, "a staging file is shorter than it should be");
  hasher_.Update(buffer_);
  hashed_ += buffer_.size();
  return buffer_.size();
}

}  // namespace longshore
