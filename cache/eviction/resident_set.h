#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "cache/base/mutex.h"
#include "cache/eviction/eviction.h"
#include "cache/eviction/what_if.h"

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
    if (is_new) what_if_.Note({&object, 1});
  }
  void Restore(Object object, uint64_t uses) {
    MutexLock lock(mutex_);
    policy_->Restore(object, uses);
  }
  void Access(std::span<const ObjectKey> keys) {
    std::vector<Object> used;
    used.reserve(keys.size());
    {
      MutexLock lock(mutex_);
      for (const ObjectKey key : keys) {
        const uint64_t bytes = policy_->Access(key);
        if (bytes > 0) used.push_back({key, bytes});
      }
    }
    what_if_.Note(used);
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
