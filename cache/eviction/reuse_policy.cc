#include "cache/eviction/reuse_policy.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <vector>

#include "cache/index/charge.h"

namespace longshore {
namespace {

// An object of this many mean sizes counts as much for its bytes as for being one. At 1 the two
// ratios weigh the same; here each loses about the same against what it could be alone.
constexpr double kSizeForBoth = 1.7;
constexpr double kMeanOver = 1 << 20;  // requests

uint32_t BlocksOf(uint64_t bytes) {
  return static_cast<uint32_t>(
      std::min<uint64_t>(RoundUpToBlocks(bytes) / kBlock, SlotTable::kMaxBlocks));
}

}  // namespace

void ReusePolicy::Insert(Object object) {
  const uint32_t slot = slots_.Find(object.key);
  if (slot != SlotTable::kNone && !slots_[slot].ghost) {
    SetSize(slot, object.bytes);
    return;
  }
  Requested(BlocksOf(object.bytes));
  if (slot != SlotTable::kNone) {
    Use(slot, object.bytes);
  } else {
    Add(object, 1);
  }
}

void ReusePolicy::Restore(Object object, uint64_t uses) {
  if (slots_.Find(object.key) == SlotTable::kNone) Add(object, uses + 1);
}

uint64_t ReusePolicy::Access(ObjectKey key) {
  const uint32_t slot = slots_.Find(key);
  if (slot == SlotTable::kNone || slots_[slot].ghost) return 0;
  const uint64_t bytes = slots_[slot].blocks * kBlock;
  Requested(slots_[slot].blocks);
  Use(slot, bytes);
  return bytes;
}

void ReusePolicy::Remove(ObjectKey key) {
  const uint32_t slot = slots_.Find(key);
  if (slot != SlotTable::kNone) Forget(slot);
}

std::optional<EvictionPolicy::Object> ReusePolicy::TakeVictim() {
  if (learn_) rates_.Learn(requests_ / kRequestsATick);
  learn_ = false;
  const uint32_t slot = LeastEarning();
  if (slot == SlotTable::kNone) return std::nullopt;
  const Object victim{slots_[slot].key, slots_[slot].blocks * kBlock};
  Remember(slot);
  return victim;
}

// No request, so nothing is learned from it; but used it is.
void ReusePolicy::PutBack(Object object) {
  const uint32_t slot = slots_.Find(object.key);
  const uint64_t uses = slot == SlotTable::kNone ? 1 : slots_[slot].uses;
  Remove(object.key);
  Add(object, uses + 1);
}

void ReusePolicy::RemoveIf(const std::function<bool(ObjectKey)>& gone) {
  std::vector<ObjectKey> keys;
  slots_.ForEach([&](uint32_t slot) {
    if (gone(slots_[slot].key)) keys.push_back(slots_[slot].key);
  });
  for (const ObjectKey key : keys) Remove(key);
}

uint64_t ReusePolicy::Bytes() const {
  return blocks_ * kBlock;
}

ReusePolicy::Queue& ReusePolicy::QueueOf(uint32_t slot) {
  const SlotTable::Slot& entry = slots_[slot];
  if (entry.ghost) return ghosts_;
  const auto octave = static_cast<unsigned>(std::bit_width(uint32_t{entry.blocks}));
  return queues_[ReuseRates::ClassOf(entry.uses) * kSizeClasses +
                 std::min(octave, kSizeClasses - 1)];
}

void ReusePolicy::Enter(uint32_t slot) {
  Queue& queue = QueueOf(slot);
  SlotTable::Slot& entry = slots_[slot];
  entry.newer = SlotTable::kNone;
  entry.older = queue.newest;
  if (queue.newest != SlotTable::kNone) slots_[queue.newest].newer = slot;
  queue.newest = slot;
  ++queue.count;
  if (!entry.ghost) blocks_ += entry.blocks;
  if (queue.oldest != SlotTable::kNone) return;
  queue.oldest = slot;
  NoteOldest(queue);
}

void ReusePolicy::Leave(uint32_t slot) {
  Queue& queue = QueueOf(slot);
  const SlotTable::Slot& entry = slots_[slot];
  if (entry.newer == SlotTable::kNone) queue.newest = entry.older;
  if (entry.newer != SlotTable::kNone) slots_[entry.newer].older = entry.older;
  if (entry.older == SlotTable::kNone) queue.oldest = entry.newer;
  if (entry.older != SlotTable::kNone) slots_[entry.older].newer = entry.newer;
  --queue.count;
  if (!entry.ghost) blocks_ -= entry.blocks;
  if (entry.older == SlotTable::kNone) NoteOldest(queue);
}

void ReusePolicy::NoteOldest(Queue& queue) {
  if (queue.oldest == SlotTable::kNone) return;
  queue.oldest_used = slots_[queue.oldest].used;
  queue.oldest_blocks = slots_[queue.oldest].blocks;
}

void ReusePolicy::Add(Object object, uint64_t uses) {
  const uint32_t slot = slots_.Add(object.key);
  SlotTable::Slot& entry = slots_[slot];
  entry.uses = static_cast<uint32_t>(std::min<uint64_t>(uses, ReuseRates::kMaxUses)) & 0x7f;
  entry.blocks = BlocksOf(object.bytes) & SlotTable::kMaxBlocks;
  entry.used = Now();
  rates_.Began(ReuseRates::ClassOf(entry.uses), requests_ / kRequestsATick);
  Enter(slot);
}

void ReusePolicy::SetSize(uint32_t slot, uint64_t bytes) {
  const uint32_t blocks = BlocksOf(bytes);
  const bool stays = std::bit_width(blocks) == std::bit_width(uint32_t{slots_[slot].blocks});
  if (!stays) Leave(slot);
  blocks_ += stays ? blocks : 0;
  blocks_ -= stays ? slots_[slot].blocks : 0;
  slots_[slot].blocks = blocks & SlotTable::kMaxBlocks;
  if (!stays) return Enter(slot);
  NoteOldest(QueueOf(slot));
}

void ReusePolicy::Use(uint32_t slot, uint64_t bytes) {
  SlotTable::Slot& entry = slots_[slot];
  const uint64_t now = requests_ / kRequestsATick;
  const unsigned uses_class = ReuseRates::ClassOf(entry.uses);
  const uint32_t uses = std::min(entry.uses + 1u, ReuseRates::kMaxUses);
  const unsigned next_class = ReuseRates::ClassOf(uses);
  const uint32_t blocks = BlocksOf(bytes);
  rates_.Used(uses_class, now - AgeOf(entry.used), now);
  rates_.Began(next_class, now);
  // What is asked for again and again is already where it would go.
  const bool stays = entry.ghost == 0 && entry.newer == SlotTable::kNone &&
                     next_class == uses_class && entry.blocks == blocks;
  if (!stays) Leave(slot);
  entry.uses = uses & 0x7f;
  entry.blocks = blocks & SlotTable::kMaxBlocks;
  entry.used = Now();
  entry.ghost = 0;
  if (!stays) {
    Enter(slot);
  } else if (entry.older == SlotTable::kNone) {
    NoteOldest(QueueOf(slot));
  }
}

void ReusePolicy::Forget(uint32_t slot) {
  const SlotTable::Slot& entry = slots_[slot];
  const uint64_t now = requests_ / kRequestsATick;
  rates_.Forgotten(ReuseRates::ClassOf(entry.uses), now - AgeOf(entry.used), now);
  Leave(slot);
  slots_.Remove(slot);
}

void ReusePolicy::Remember(uint32_t slot) {
  Leave(slot);
  slots_[slot].ghost = 1;
  Enter(slot);
  while (ghosts_.count > std::clamp(Count() / 2, kLeastGhosts, kMostGhosts)) Forget(ghosts_.oldest);
}

void ReusePolicy::Requested(uint32_t blocks) {
  ++requests_;
  ++seen_requests_;
  seen_blocks_ += blocks;
  if (seen_requests_ >= kMeanOver) {
    seen_requests_ /= 2;
    seen_blocks_ /= 2;
  }
  if (requests_ % kEpoch != 0) return;
  rates_.BeginEpoch(requests_ / kRequestsATick);
  learn_ = true;
}

uint32_t ReusePolicy::LeastEarning() const {
  const double mean = seen_blocks_ > 0 ? seen_blocks_ / seen_requests_ : 1;
  const double for_bytes = 1 / (kSizeForBoth * mean);
  uint32_t least = SlotTable::kNone;
  double least_earned = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < queues_.size(); ++i) {
    const Queue& queue = queues_[i];
    if (queue.oldest == SlotTable::kNone) continue;
    const auto uses_class = static_cast<unsigned>(i / kSizeClasses);
    const double earned = rates_.Rate(uses_class, AgeOf(queue.oldest_used)) *
                          (1 / std::max(1.0, static_cast<double>(queue.oldest_blocks)) + for_bytes);
    if (earned >= least_earned) continue;
    least_earned = earned;
    least = queue.oldest;
  }
  return least;
}

std::unique_ptr<EvictionPolicy> MakeEvictionPolicy() {
  return std::make_unique<ReusePolicy>();
}

}  // namespace longshore
