#include "cache/store/open_blobs.h"

#include <algorithm>
#include <utility>

namespace longshore {

OpenBlobs::Hold& OpenBlobs::Hold::operator=(Hold&& other) noexcept {
  LetGo();
  owner_ = std::exchange(other.owner_, nullptr);
  digest_ = other.digest_;
  return *this;
}

void OpenBlobs::Hold::LetGo() {
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->Release(digest_);
}

std::shared_ptr<const SealedBlob> OpenBlobs::Recent(const Digest& digest) {
  return recent_.Get(digest).value_or(nullptr);
}

void OpenBlobs::Add(std::shared_ptr<const SealedBlob> blob) {
  Track(blob->digest, blob->file);
  const Digest digest = blob->digest;
  recent_.Put(digest, std::move(blob), 1);
}

void OpenBlobs::Forget(const Digest& digest) {
  recent_.Erase(digest);
}

void OpenBlobs::Track(const Digest& digest, const FilePtr& file) {
  MutexLock lock(mutex_);
  Sweep();
  states_[digest].file = file;
}

FilePtr OpenBlobs::OpenFile(const Digest& digest) {
  MutexLock lock(mutex_);
  const auto found = states_.find(digest);
  return found == states_.end() ? nullptr : found->second.file.lock();
}

void OpenBlobs::Distrust(const Digest& digest) {
  {
    MutexLock lock(mutex_);
    distrusted_.insert(digest);
  }
  recent_.Erase(digest);
}

void OpenBlobs::Trust(const Digest& digest) {
  MutexLock lock(mutex_);
  distrusted_.erase(digest);
}

bool OpenBlobs::IsDistrusted(const Digest& digest) {
  MutexLock lock(mutex_);
  return distrusted_.contains(digest);
}

OpenBlobs::Hold OpenBlobs::Acquire(const Digest& digest) {
  mutex_.lock();
  while (states_[digest].claimed) unclaimed_.wait(mutex_);
  ++states_[digest].holds;
  mutex_.unlock();
  return Hold(this, digest);
}

bool OpenBlobs::TryClaim(const Digest& digest) {
  recent_.Erase(digest);
  MutexLock lock(mutex_);
  State& state = states_[digest];
  if (!state.Idle()) return false;
  state.claimed = true;
  return true;
}

void OpenBlobs::Unclaim(const Digest& digest) {
  {
    MutexLock lock(mutex_);
    const auto found = states_.find(digest);
    found->second.claimed = false;
    if (found->second.Idle()) states_.erase(found);
  }
  unclaimed_.notify_all();
}

void OpenBlobs::Release(const Digest& digest) {
  MutexLock lock(mutex_);
  const auto found = states_.find(digest);
  --found->second.holds;
  if (found->second.Idle()) states_.erase(found);
}

// Files are closed by whoever reads last, without a word to us: what they left is swept up now and
// then.
void OpenBlobs::Sweep() {
  if (states_.size() < sweep_at_) return;
  std::erase_if(states_, [](const auto& entry) { return entry.second.Idle(); });
  sweep_at_ = std::max<size_t>(1024, 2 * states_.size());
}

}  // namespace longshore
