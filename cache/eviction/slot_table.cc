#include "cache/eviction/slot_table.h"

namespace longshore {
namespace {

uint32_t HashOf(ObjectKey key) {
  return static_cast<uint32_t>(key * 0x9e3779b97f4a7c15u >> 32);
}

}  // namespace

uint32_t SlotTable::Find(ObjectKey key) const {
  uint32_t at = First(BucketOf(key));
  while (at != kNone && (*this)[at].key != key) at = (*this)[at].next;
  return at;
}

uint32_t SlotTable::Add(ObjectKey key) {
  if (size_ >= kABucket * buckets_) Split();
  const uint32_t slot = NewSlot();
  uint32_t& first = First(BucketOf(key));
  (*this)[slot] = Slot{key & kMaxObjectKey, first, kNone, kNone, 0, 0, 0, 0};
  first = slot;
  ++size_;
  return slot;
}

void SlotTable::Remove(uint32_t slot) {
  uint32_t& first = First(BucketOf((*this)[slot].key));
  if (first == slot) {
    first = (*this)[slot].next;
  } else {
    uint32_t before = first;
    while ((*this)[before].next != slot) before = (*this)[before].next;
    (*this)[before].next = (*this)[slot].next;
  }
  (*this)[slot].next = free_;
  free_ = slot;
  --size_;
}

// A bucket that is not there yet still shares one with the bucket it will be split from.
uint32_t SlotTable::BucketOf(ObjectKey key) const {
  const uint32_t bucket = HashOf(key) & mask_;
  return bucket < buckets_ ? bucket : bucket & mask_ >> 1;
}

uint32_t SlotTable::NewSlot() {
  if (free_ == kNone) {
    if (next_ % kChunk == 0) slots_.push_back(std::make_unique<Chunk>());
    return next_++;
  }
  const uint32_t slot = free_;
  free_ = (*this)[slot].next;
  return slot;
}

void SlotTable::AddBucket() {
  if (buckets_ % kBucketChunk == 0) {
    firsts_.push_back(std::make_unique<BucketChunk>());
    firsts_.back()->fill(kNone);
  }
  if (++buckets_ > mask_ + 1) mask_ = 2 * mask_ + 1;
}

void SlotTable::Split() {
  AddBucket();
  const uint32_t added = buckets_ - 1;
  const uint32_t split = added & mask_ >> 1;
  uint32_t at = First(split);
  First(split) = kNone;
  while (at != kNone) {
    Slot& entry = (*this)[at];
    const uint32_t next = entry.next;
    uint32_t& first = First(BucketOf(entry.key));
    entry.next = first;
    first = at;
    at = next;
  }
}

}  // namespace longshore
