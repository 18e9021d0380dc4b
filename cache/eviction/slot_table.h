#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "cache/index/object_key.h"

namespace longshore {

// The entries of an eviction policy, found by their keys: a slab of 26-byte slots (never moved, so
// that growing costs no copy), chained from a hash table that grows by one bucket at a time (linear
// hashing; Litwin, VLDB 1980). So no call takes longer because there are many entries, and memory
// never doubles for a moment: 28 bytes an entry all in all. Not thread-safe.
class SlotTable {
 public:
  static constexpr uint32_t kNone = 0xffffffff;

  // Packed: ten million are held.
  struct [[gnu::packed]] Slot {
    uint64_t key : kObjectKeyBits;
    uint32_t next;   // in the bucket
    uint32_t newer;  // neighbours in the queue it stands in
    uint32_t older;
    uint32_t used;         // when last, in ticks of its owner's clock, the low 32 bits
    uint32_t blocks : 24;  // size in 4 KiB blocks, at most kMaxBlocks
    uint32_t uses : 7;
    uint32_t ghost : 1;  // remembered, but gone
  };
  static_assert(sizeof(Slot) == 26);
  static constexpr uint32_t kMaxBlocks = (1u << 24) - 1;  // 64 GiB

  SlotTable() { AddBucket(); }

  Slot& operator[](uint32_t slot) { return (*slots_[slot / kChunk])[slot % kChunk]; }
  const Slot& operator[](uint32_t slot) const { return (*slots_[slot / kChunk])[slot % kChunk]; }

  uint32_t Find(ObjectKey key) const;  // kNone if it is absent
  uint32_t Add(ObjectKey key);         // which must be absent
  void Remove(uint32_t slot);
  size_t size() const { return size_; }
  // All of them, in no particular order.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (uint32_t bucket = 0; bucket < buckets_; ++bucket) {
      for (uint32_t at = First(bucket); at != kNone; at = (*this)[at].next) visit(at);
    }
  }

 private:
  static constexpr uint32_t kChunk = 65536;
  static constexpr uint32_t kBucketChunk = 4096;
  static constexpr size_t kABucket = 3;  // entries, on average
  using Chunk = std::array<Slot, kChunk>;
  using BucketChunk = std::array<uint32_t, kBucketChunk>;

  uint32_t& First(uint32_t bucket) {
    return (*firsts_[bucket / kBucketChunk])[bucket % kBucketChunk];
  }
  uint32_t First(uint32_t bucket) const {
    return (*firsts_[bucket / kBucketChunk])[bucket % kBucketChunk];
  }
  uint32_t BucketOf(ObjectKey key) const;
  uint32_t NewSlot();
  void AddBucket();
  void Split();

  std::vector<std::unique_ptr<Chunk>> slots_;
  std::vector<std::unique_ptr<BucketChunk>> firsts_;  // the first slot of each bucket
  uint32_t buckets_ = 0;
  uint32_t mask_ = 0;      // the least 2^n - 1 that reaches the last bucket
  uint32_t free_ = kNone;  // a chain of slots once used
  uint32_t next_ = 0;      // the first slot never used
  size_t size_ = 0;
};

}  // namespace longshore
