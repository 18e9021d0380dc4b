#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "cache/base/mutex.h"
#include "cache/eviction.h"
#include "cache/what_if.h"

namespace longshore {

// The eviction policy, shared: everything that could be evicted is in it. What is asked for is
// noted for the ghost caches. Thread-safe; one leaf lock; never blocks.
class ResidentSet {
 public:
  using Object = EvictionPolicy::Object;

  ResidentSet(std::unique_ptr<EvictionPolicy> policy, WhatIf& what_if)
      : policy_(std::move(policy)), what_if_(what_if) {}
  ResidentSet(const ResidentSet&) = delete;
  ResidentSet& operator=(const ResidentSet&) = delete;

  void Insert(Object object) {
    bool is_new = false;
    {
      MutexLock lock(mutex_);
      const size_t before = policy_->Count();
      policy_->Insert(object);
      is_new = policy_->Count() > before;
    }
    if (is_new) what_if_.Note(object);
  }
  void Restore(Object object, uint64_t uses) {
    MutexLock lock(mutex_);
    policy_->Restore(object, uses);
  }
  void Access(ObjectKey key) {
    uint64_t bytes = 0;
    {
      MutexLock lock(mutex_);
      bytes = policy_->Access(key);
    }
    if (bytes > 0) what_if_.Note({key, bytes});
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
  WhatIf& what_if_;
};

}  // namespace longshore
