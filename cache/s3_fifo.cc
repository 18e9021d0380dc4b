#include "cache/s3_fifo.h"

#include <algorithm>

#include "cache/charge.h"

namespace longshore {

void S3Fifo::Insert(Object object) {
  const uint32_t slot = slots_.Find(object.key);
  if (slot == SlotTable::kNone) {
    Add(kSmall, object, 0);
  } else if (IsResident(slot)) {
    SetSize(slot, object.bytes);
  } else {
    Remove(object.key);
    Add(kMain, object, 0);
  }
}

void S3Fifo::Restore(Object object, uint64_t uses) {
  if (slots_.Find(object.key) != SlotTable::kNone) return;
  const auto kept = static_cast<uint8_t>(std::min<uint64_t>(uses > 0 ? uses - 1 : 0, kMaxUses));
  Add(kept > 0 ? kMain : kSmall, object, kept);
}

void S3Fifo::Access(ObjectKey key) {
  const uint32_t slot = slots_.Find(key);
  if (slot == SlotTable::kNone || !IsResident(slot)) return;
  slots_[slot].uses = std::min<uint8_t>(static_cast<uint8_t>(slots_[slot].uses + 1), kMaxUses);
}

void S3Fifo::Remove(ObjectKey key) {
  const uint32_t slot = slots_.Find(key);
  if (slot == SlotTable::kNone) return;
  Leave(slot);
  slots_.Remove(slot);
}

std::optional<EvictionPolicy::Object> S3Fifo::TakeVictim() {
  const uint32_t slot = NextVictim();
  if (slot == SlotTable::kNone) return std::nullopt;
  const Object victim{slots_[slot].key, slots_[slot].blocks * kBlock};
  const bool was_new = slots_[slot].queue == kSmall;
  Leave(slot);
  if (was_new) {
    Remember(slot);
  } else {
    slots_.Remove(slot);
  }
  return victim;
}

void S3Fifo::PutBack(Object object) {
  Remove(object.key);
  Add(kMain, object, 1);
}

size_t S3Fifo::Count() const {
  return queues_[kSmall].count + queues_[kMain].count;
}

uint64_t S3Fifo::Bytes() const {
  return (queues_[kSmall].blocks + queues_[kMain].blocks) * kBlock;
}

void S3Fifo::Enter(QueueId id, uint32_t slot) {
  Queue& queue = queues_[id];
  SlotTable::Slot& entry = slots_[slot];
  entry.queue = id;
  entry.newer = SlotTable::kNone;
  entry.older = queue.newest;
  if (queue.newest != SlotTable::kNone) slots_[queue.newest].newer = slot;
  queue.newest = slot;
  if (queue.oldest == SlotTable::kNone) queue.oldest = slot;
  queue.blocks += entry.blocks;
  ++queue.count;
}

void S3Fifo::Leave(uint32_t slot) {
  const SlotTable::Slot& entry = slots_[slot];
  Queue& queue = queues_[entry.queue];
  (entry.newer == SlotTable::kNone ? queue.newest : slots_[entry.newer].older) = entry.older;
  (entry.older == SlotTable::kNone ? queue.oldest : slots_[entry.older].newer) = entry.newer;
  queue.blocks -= entry.blocks;
  --queue.count;
}

void S3Fifo::Add(QueueId id, Object object, uint8_t uses) {
  const uint32_t slot = slots_.Add(object.key);
  slots_[slot].uses = uses;
  slots_[slot].blocks = static_cast<uint32_t>(RoundUpToBlocks(object.bytes) / kBlock);
  Enter(id, slot);
}

void S3Fifo::SetSize(uint32_t slot, uint64_t bytes) {
  const auto blocks = static_cast<uint32_t>(RoundUpToBlocks(bytes) / kBlock);
  queues_[slots_[slot].queue].blocks += blocks;
  queues_[slots_[slot].queue].blocks -= slots_[slot].blocks;
  slots_[slot].blocks = blocks;
}

bool S3Fifo::IsResident(uint32_t slot) const {
  return slots_[slot].queue != kGhost;
}

// Ends: each turn moves an object from small to main, lowers the uses of one in main, or answers.
uint32_t S3Fifo::NextVictim() {
  for (;;) {
    const Queue& small = queues_[kSmall];
    const Queue& main = queues_[kMain];
    const bool from_small = small.count > 0 && (main.count == 0 || small.blocks * 9 > main.blocks);
    const uint32_t slot = from_small ? small.oldest : main.oldest;
    if (slot == SlotTable::kNone || slots_[slot].uses == 0) return slot;
    Leave(slot);
    slots_[slot].uses = from_small ? uint8_t{0} : static_cast<uint8_t>(slots_[slot].uses - 1);
    Enter(kMain, slot);
  }
}

void S3Fifo::Remember(uint32_t slot) {
  Enter(kGhost, slot);
  const Queue& ghost = queues_[kGhost];
  while (ghost.count > 0 && (ghost.blocks > queues_[kMain].blocks || ghost.count > Count())) {
    const uint32_t oldest = ghost.oldest;
    Leave(oldest);
    slots_.Remove(oldest);
  }
}

std::unique_ptr<EvictionPolicy> MakeEvictionPolicy() {
  return std::make_unique<S3Fifo>();
}

}  // namespace longshore
