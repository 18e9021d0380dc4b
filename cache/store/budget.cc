#include "cache/store/budget.h"

#include <algorithm>

namespace longshore {
namespace {

constexpr uint64_t kFolders = 2 << 20;  // 256 folders an algorithm, a block each
constexpr uint64_t kLog = 2 << 20;      // written between a commit and its count
constexpr uint64_t kCompaction =
    128 << 20;  // the most a compaction holds twice (rocks_index.cc), and as much again

}  // namespace

uint64_t Budget::Headroom(uint64_t index_bytes) {
  return kFolders + kLog + std::min(index_bytes, kCompaction);
}

Budget::Budget(uint64_t capacity, CacheStats& stats) : capacity_(capacity), stats_(stats) {
  stats_.capacity_bytes = capacity;
}

bool Budget::TryReserve(uint64_t bytes) {
  MutexLock lock(mutex_);
  if (MissingLocked(bytes) > 0) return false;
  objects_ += bytes;
  Publish();
  return true;
}

void Budget::Release(uint64_t bytes) {
  MutexLock lock(mutex_);
  objects_ -= std::min(bytes, objects_);
  Publish();
}

void Budget::Force(uint64_t bytes) {
  MutexLock lock(mutex_);
  objects_ += bytes;
  Publish();
}

uint64_t Budget::Missing(uint64_t bytes) const {
  MutexLock lock(mutex_);
  return MissingLocked(bytes);
}

bool Budget::CanHold(uint64_t bytes) const {
  MutexLock lock(mutex_);
  const uint64_t fixed = IndexBytes() + Headroom(IndexBytes());
  return fixed <= capacity_ && bytes <= capacity_ - fixed;
}

uint64_t Budget::ObjectBytes() const {
  MutexLock lock(mutex_);
  return objects_;
}

bool Budget::IndexIsLarge() const {
  MutexLock lock(mutex_);
  return IndexBytes() > capacity_ / 4;
}

void Budget::IndexGrew(uint64_t committed_bytes) {
  MutexLock lock(mutex_);
  growth_ += committed_bytes;
  Publish();
}

uint64_t Budget::IndexGrowth() const {
  MutexLock lock(mutex_);
  return growth_;
}

void Budget::IndexMeasured(uint64_t bytes, uint64_t growth_before) {
  MutexLock lock(mutex_);
  measured_ = bytes;
  counted_ = growth_before;
  Publish();
}

void Budget::Publish() {
  stats_.used_bytes = objects_ + IndexBytes();
}

uint64_t Budget::MissingLocked(uint64_t bytes) const {
  const uint64_t taken = objects_ + IndexBytes() + Headroom(IndexBytes());
  if (taken > capacity_) return taken - capacity_ + bytes;
  return bytes - std::min(bytes, capacity_ - taken);
}

}  // namespace longshore
