#pragma once

#include <memory>
#include <optional>

#include "cache/base/mutex.h"
#include "cache/eviction.h"

namespace longshore {

// The eviction policy, shared: everything that could be evicted is in it. Thread-safe; one leaf
// lock; never blocks.
class ResidentSet {
 public:
  using Object = EvictionPolicy::Object;

  explicit ResidentSet(std::unique_ptr<EvictionPolicy> policy) : policy_(std::move(policy)) {}
  ResidentSet(const ResidentSet&) = delete;
  ResidentSet& operator=(const ResidentSet&) = delete;

  void Insert(Object object) {
    MutexLock lock(mutex_);
    policy_->Insert(object);
  }
  void Restore(Object object, uint64_t uses) {
    MutexLock lock(mutex_);
    policy_->Restore(object, uses);
  }
  void Access(ObjectKey key) {
    MutexLock lock(mutex_);
    policy_->Access(key);
  }
  void Remove(ObjectKey key) {
    MutexLock lock(mutex_);
    policy_->Remove(key);
  }
  std::optional<Object> TakeVictim() {
    MutexLock lock(mutex_);
    return policy_->TakeVictim();
  }
  void PutBack(Object object) {
    MutexLock lock(mutex_);
    policy_->PutBack(object);
  }
  size_t Count() const {
    MutexLock lock(mutex_);
    return policy_->Count();
  }

 private:
  mutable Mutex mutex_;
  const std::unique_ptr<EvictionPolicy> policy_ GUARDED_BY(mutex_);
};

}  // namespace longshore
