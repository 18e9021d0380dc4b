#pragma once

#include <array>

#include "cache/eviction.h"
#include "cache/slot_table.h"

namespace longshore {

// S3-FIFO (Yang et al., SOSP 2023) counted in bytes. New objects enter a small queue (a tenth of
// the bytes); what is used again before it leaves it moves to the main queue, the rest goes,
// remembered by key in a ghost queue; an object that comes back while it is remembered enters main
// at once. So one pass over much never displaces what is used.
//
// Every slot stands in exactly one queue. Ghosts hold no more bytes than main, and no more keys
// than objects.
class S3Fifo final : public EvictionPolicy {
 public:
  void Insert(Object object) override;
  void Restore(Object object, uint64_t uses) override;
  void Access(ObjectKey key) override;
  void Remove(ObjectKey key) override;
  std::optional<Object> TakeVictim() override;
  void PutBack(Object object) override;
  size_t Count() const override;
  uint64_t Bytes() const override;

 private:
  enum QueueId : uint8_t { kSmall, kMain, kGhost };
  static constexpr uint8_t kMaxUses = 3;

  struct Queue {
    uint32_t newest = SlotTable::kNone;
    uint32_t oldest = SlotTable::kNone;
    uint64_t blocks = 0;
    size_t count = 0;
  };

  void Enter(QueueId id, uint32_t slot);
  void Leave(uint32_t slot);
  void Add(QueueId id, Object object, uint8_t uses);
  void SetSize(uint32_t slot, uint64_t bytes);
  bool IsResident(uint32_t slot) const;
  uint32_t NextVictim();
  void Remember(uint32_t slot);

  SlotTable slots_;
  std::array<Queue, 3> queues_;
};

}  // namespace longshore
