#include "cache/base/byte_range.h"

#include <algorithm>
#include <iterator>

namespace longshore {

void RangeSet::Add(ByteRange range) {
  if (range.empty()) return;
  auto it = ranges_.upper_bound(range.begin);
  if (it != ranges_.begin() && std::prev(it)->second >= range.begin) --it;
  while (it != ranges_.end() && it->first <= range.end) {
    range.begin = std::min(range.begin, it->first);
    range.end = std::max(range.end, it->second);
    it = ranges_.erase(it);
  }
  ranges_.emplace(range.begin, range.end);
}

void RangeSet::Remove(ByteRange range) {
  if (range.empty()) return;
  auto it = ranges_.upper_bound(range.begin);
  if (it != ranges_.begin() && std::prev(it)->second > range.begin) --it;
  while (it != ranges_.end() && it->first < range.end) {
    const ByteRange old{it->first, it->second};
    it = ranges_.erase(it);
    if (old.begin < range.begin) ranges_.emplace(old.begin, range.begin);
    if (old.end > range.end) ranges_.emplace(range.end, old.end);
  }
}

bool RangeSet::Contains(ByteRange range) const {
  return range.empty() || FirstAbsent(range.begin, range.end) == range.end;
}

uint64_t RangeSet::FirstAbsent(uint64_t from, uint64_t limit) const {
  auto it = ranges_.upper_bound(from);
  if (it == ranges_.begin()) return std::min(from, limit);
  --it;
  return std::min(std::max(from, it->second), limit);
}

std::optional<ByteRange> RangeSet::FirstGap(ByteRange within) const {
  if (within.empty()) return std::nullopt;
  const uint64_t begin = FirstAbsent(within.begin, within.end);
  if (begin >= within.end) return std::nullopt;
  auto next = ranges_.upper_bound(begin);
  const uint64_t end = next == ranges_.end() ? within.end : std::min(within.end, next->first);
  return ByteRange{begin, end};
}

std::vector<ByteRange> RangeSet::Gaps(ByteRange within) const {
  std::vector<ByteRange> gaps;
  while (auto gap = FirstGap(within)) {
    gaps.push_back(*gap);
    within.begin = gap->end;
  }
  return gaps;
}

uint64_t RangeSet::TotalBytes() const {
  uint64_t total = 0;
  for (const auto& [begin, end] : ranges_) total += end - begin;
  return total;
}

std::vector<ByteRange> RangeSet::Ranges() const {
  std::vector<ByteRange> out;
  out.reserve(ranges_.size());
  for (const auto& [begin, end] : ranges_) out.push_back({begin, end});
  return out;
}

std::string RangeSet::ToString() const {
  std::string out;
  for (const auto& [begin, end] : ranges_) {
    if (!out.empty()) out += ' ';
    out += '[' + std::to_string(begin) + ',' + std::to_string(end) + ')';
  }
  return out;
}

}  // namespace longshore
