#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace longshore {

// The entries of an eviction policy: a slab of 24-byte slots (never moved, so that growing costs no
// copy) with an open-addressing table of slot numbers over it; 30 bytes an entry all in all. Not
// thread-safe.
class SlotTable {
 public:
  static constexpr uint32_t kNone = 0xffffffff;

  struct Slot {
    uint64_t key;
    uint32_t newer;  // neighbours in the queue it stands in
    uint32_t older;
    uint32_t used;         // when last, in ticks of its owner's clock, the low 32 bits
    uint32_t blocks : 24;  // size in 4 KiB blocks, at most kMaxBlocks
    uint32_t uses : 7;
    uint32_t ghost : 1;  // remembered, but gone
  };
  static constexpr uint32_t kMaxBlocks = (1u << 24) - 1;  // 64 GiB

  SlotTable() : table_(16, kNone) {}

  Slot& operator[](uint32_t slot) { return (*chunks_[slot / kChunk])[slot % kChunk]; }
  const Slot& operator[](uint32_t slot) const { return (*chunks_[slot / kChunk])[slot % kChunk]; }

  uint32_t Find(uint64_t key) const;  // kNone if it is absent
  uint32_t Add(uint64_t key);         // which must be absent
  void Remove(uint32_t slot);
  size_t size() const { return size_; }
  // All of them, in no particular order.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const uint32_t slot : table_) {
      if (slot != kNone) visit(slot);
    }
  }

 private:
  static constexpr uint32_t kChunk = 65536;
  using Chunk = std::vector<Slot>;

  size_t Home(uint64_t key) const {
    return (key * 0x9e3779b97f4a7c15u >> 20) & (table_.size() - 1);
  }
  size_t PlaceOf(uint64_t key) const;  // where it is, or the empty place where it would go
  void Grow();

  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<uint32_t> table_;  // a power of two, at most 7/8 full
  std::vector<uint32_t> free_;
  uint32_t next_ = 0;  // the first slot never used
  size_t size_ = 0;
};

}  // namespace longshore
