#pragma once

#include <array>

#include "cache/eviction/eviction.h"
#include "cache/eviction/reuse_rates.h"
#include "cache/eviction/slot_table.h"

namespace longshore {

// Evicts what earns its space least. An object earns, a block of its size,
//
//   rate × (1 / size + 1 / (1.7 × mean size of requests))
//
// where rate is how soon it is expected to be used, learned from the requests themselves
// (ReuseRates). The first term is what it adds to the object hit ratio, the second to the byte hit
// ratio: it is their weighted sum that is maximised. The idea of ranking by expected hits per byte
// is LHD's (Beckmann et al., NSDI 2018).
//
// Objects with the like number of uses and the like size (within an octave) stand in one queue by
// their last use. Only the oldest of each queue are compared, which costs the same however many
// objects there are. What was evicted is remembered as a ghost, with its uses, until half as many
// as there are residents, at least 1024 and at most half a million, were evicted after it.
//
// Time is counted in requests. Every slot stands in exactly one queue, or among the ghosts.
class ReusePolicy final : public EvictionPolicy {
 public:
  void Insert(Object object) override;
  void Restore(Object object, uint64_t uses) override;
  uint64_t Access(ObjectKey key) override;
  void Remove(ObjectKey key) override;
  std::optional<Object> TakeVictim() override;
  void PutBack(Object object) override;
  void RemoveIf(const std::function<bool(ObjectKey)>& gone) override;
  size_t Count() const override { return slots_.size() - ghosts_.count; }
  uint64_t Bytes() const override;

 private:
  static constexpr unsigned kSizeClasses = 20;
  static constexpr size_t kLeastGhosts = 1024;
  static constexpr size_t kMostGhosts = 1 << 19;  // 14 MB
  static constexpr unsigned kRequestsATick = 16;
  static constexpr unsigned kEpoch = 256;  // requests

  // Of the oldest, the size and last use are kept here too: choosing a victim then touches no slot.
  struct Queue {
    uint32_t newest = SlotTable::kNone;
    uint32_t oldest = SlotTable::kNone;
    uint32_t oldest_used = 0;
    uint32_t oldest_blocks = 0;
    size_t count = 0;
  };

  Queue& QueueOf(uint32_t slot);
  void Enter(uint32_t slot);
  void Leave(uint32_t slot);
  void NoteOldest(Queue& queue);

  void Add(Object object, uint64_t uses);
  void SetSize(uint32_t slot, uint64_t bytes);
  void Use(uint32_t slot, uint64_t bytes);
  void Forget(uint32_t slot);
  void Remember(uint32_t slot);
  void Requested(uint32_t blocks);
  uint32_t LeastEarning() const;

  uint32_t Now() const { return static_cast<uint32_t>(requests_ / kRequestsATick); }
  uint32_t AgeOf(uint32_t used) const { return Now() - used; }

  SlotTable slots_;
  ReuseRates rates_;
  std::array<Queue, ReuseRates::kClasses * kSizeClasses> queues_;
  Queue ghosts_;
  uint64_t blocks_ = 0;  // of residents
  uint64_t requests_ = 0;
  bool learn_ = false;  // before the next victim is chosen: an epoch has begun since the last time
  double seen_requests_ = 0;  // these two fade, so that the mean follows
  double seen_blocks_ = 0;
};

}  // namespace longshore
