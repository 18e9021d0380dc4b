#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "cache/index/object_key.h"

namespace longshore {

// Decides what goes next when space is needed. A pure data structure: no clock, no I/O, no lock;
// not thread-safe (ResidentSet guards it). Deterministic. At most about 40 bytes of memory an
// object, as ten million are held.
class EvictionPolicy {
 public:
  struct Object {
    ObjectKey key = 0;
    uint64_t bytes = 0;
  };

  EvictionPolicy() = default;
  EvictionPolicy(const EvictionPolicy&) = delete;
  EvictionPolicy& operator=(const EvictionPolicy&) = delete;
  virtual ~EvictionPolicy() = default;

  // A new object; of one that is there, the size is set anew.
  virtual void Insert(Object object) = 0;
  // One that was there before a restart, with its uses so far. Ignored if it is there already.
  virtual void Restore(Object object, uint64_t uses) = 0;
  // A use. Answers its size; 0 and nothing else happens if it is not there.
  virtual uint64_t Access(ObjectKey key) = 0;
  virtual void Remove(ObjectKey key) = 0;  // gone for another reason; unknown keys are ignored
  // Takes out what should go next; nothing when it is empty.
  virtual std::optional<Object> TakeVictim() = 0;
  // A victim that could not go (in use): it comes back as used.
  virtual void PutBack(Object object) = 0;

  // Forgets all of these keys, and everything about them. Walks over all objects.
  virtual void RemoveIf(const std::function<bool(ObjectKey)>& gone) = 0;

  virtual size_t Count() const = 0;
  virtual uint64_t Bytes() const = 0;
};

std::unique_ptr<EvictionPolicy> MakeEvictionPolicy();

}  // namespace longshore
