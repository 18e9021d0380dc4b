#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace longshore {

// Bytes [begin, end) of one object, in bytes from its start.
struct ByteRange {
  uint64_t begin = 0;
  uint64_t end = 0;

  uint64_t size() const { return end - begin; }
  bool empty() const { return end <= begin; }
  bool operator==(const ByteRange&) const = default;
};

// What both have; empty if there is nothing.
inline ByteRange Overlap(ByteRange one, ByteRange other) {
  return {std::max(one.begin, other.begin), std::min(one.end, other.end)};
}

// A set of bytes, kept as maximal ranges: no two members touch or overlap, none is empty.
// A plain value; not thread-safe. Cost is O(log n) in the number of ranges, plus the ranges merged
// or cut.
class RangeSet {
 public:
  void Add(ByteRange range);
  void Remove(ByteRange range);
  void Clear() { ranges_.clear(); }

  bool Contains(ByteRange range) const;  // an empty range is contained in everything
  // The first byte at or after `from` that is absent; never more than `limit`.
  uint64_t FirstAbsent(uint64_t from, uint64_t limit) const;
  // The first maximal run of absent bytes inside `within`, or nothing when all of it is present.
  std::optional<ByteRange> FirstGap(ByteRange within) const;
  // Every maximal run of absent bytes inside `within`, in order.
  std::vector<ByteRange> Gaps(ByteRange within) const;

  uint64_t TotalBytes() const;
  bool Empty() const { return ranges_.empty(); }
  std::vector<ByteRange> Ranges() const;
  std::string ToString() const;  // "[0,10) [20,30)", for logs and tests
  bool operator==(const RangeSet&) const = default;

 private:
  std::map<uint64_t, uint64_t> ranges_;  // begin -> end
};

}  // namespace longshore
