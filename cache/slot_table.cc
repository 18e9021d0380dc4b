#include "cache/slot_table.h"

namespace longshore {

uint32_t SlotTable::Find(uint64_t key) const {
  return table_[PlaceOf(key)];
}

uint32_t SlotTable::Add(uint64_t key) {
  if ((size_ + 1) * 8 > table_.size() * 7) Grow();
  uint32_t slot = next_;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    if (slot % kChunk == 0) chunks_.push_back(std::make_unique<Chunk>(kChunk));
    ++next_;
  }
  (*this)[slot] = Slot{key, kNone, kNone, 0, 0, 0, 0};
  table_[PlaceOf(key)] = slot;
  ++size_;
  return slot;
}

void SlotTable::Remove(uint32_t slot) {
  const size_t mask = table_.size() - 1;
  size_t hole = PlaceOf((*this)[slot].key);
  // What follows in the same run moves up unless that would put it before its home (Knuth 6.4,
  // Algorithm R).
  for (size_t at = (hole + 1) & mask; table_[at] != kNone; at = (at + 1) & mask) {
    const size_t home = Home((*this)[table_[at]].key);
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      table_[hole] = table_[at];
      hole = at;
    }
  }
  table_[hole] = kNone;
  free_.push_back(slot);
  --size_;
}

size_t SlotTable::PlaceOf(uint64_t key) const {
  const size_t mask = table_.size() - 1;
  size_t at = Home(key);
  while (table_[at] != kNone && (*this)[table_[at]].key != key) at = (at + 1) & mask;
  return at;
}

void SlotTable::Grow() {
  std::vector<uint32_t> old(table_.size() * 2, kNone);
  old.swap(table_);
  for (const uint32_t slot : old) {
    if (slot != kNone) table_[PlaceOf((*this)[slot].key)] = slot;
  }
}

}  // namespace longshore
