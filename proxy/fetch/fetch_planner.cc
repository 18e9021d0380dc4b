#include "proxy/fetch/fetch_planner.h"

#include <algorithm>

namespace longshore {
namespace {

uint64_t RoundDown(uint64_t offset) {
  return offset - offset % FetchPlanner::kChunk;
}
uint64_t RoundUp(uint64_t offset) {
  return RoundDown(offset + FetchPlanner::kChunk - 1);
}

RangeSet Covered(const FetchState& state) {
  RangeSet covered = state.present;
  for (const auto& active : state.active) covered.Add({active.begin, active.end});
  return covered;
}

// The gap of `covered` around `hole`, grown to whole chunks but not into what is covered.
ByteRange GrowToChunks(const RangeSet& covered, ByteRange hole, uint64_t size) {
  const ByteRange chunks{RoundDown(hole.begin), std::min(size, RoundUp(hole.end))};
  for (const ByteRange& gap : covered.Gaps(chunks)) {
    if (gap.begin <= hole.begin && hole.begin < gap.end) return gap;
  }
  return hole;
}

std::optional<size_t> FindActive(const FetchState& state, uint64_t offset) {
  for (size_t i = 0; i < state.active.size(); ++i) {
    if (state.active[i].begin <= offset && offset < state.active[i].end) return i;
  }
  return std::nullopt;
}

uint64_t Left(const FetchState::Active& active) {
  return active.end - active.position;
}

bool IsWorthCutting(const FetchState& state, const FetchState::Active& active) {
  if (Left(active) < 2 * FetchPlanner::kMinCut) return false;
  if (active.rate == 0) return true;
  const Duration left(Left(active) * 1000 / active.rate);
  return left >= std::max(FetchPlanner::kWorthCutting, FetchPlanner::kWaysWorthCutting * state.way);
}

std::optional<NextSegment> ForReader(const FetchState& state, const RangeSet& covered,
                                     ByteRange wanted) {
  wanted.end = std::min(wanted.end, state.size);
  if (const auto hole = covered.FirstGap(wanted)) {
    // What follows is wanted, too: one request for all of it.
    if (state.whole) return NextSegment{*covered.FirstGap({hole->begin, state.size}), std::nullopt};
    return NextSegment{GrowToChunks(covered, *hole, state.size), std::nullopt};
  }
  // All of it is on its way; is the first byte that is missing on its way soon?
  const uint64_t first = state.present.FirstAbsent(wanted.begin, wanted.end);
  if (first >= wanted.end) return std::nullopt;
  const auto holder = FindActive(state, first);
  if (!holder) return std::nullopt;
  const auto& active = state.active[*holder];
  const uint64_t from = std::max(RoundDown(first), active.position);
  if (from - active.position <= FetchPlanner::kPatience) return std::nullopt;
  return NextSegment{{from, active.end}, holder};
}

}  // namespace

std::optional<NextSegment> FetchPlanner::Urgent(const FetchState& state) {
  const RangeSet covered = Covered(state);
  for (const ByteRange& wanted : state.wanted) {
    if (auto next = ForReader(state, covered, wanted)) return next;
  }
  return std::nullopt;
}

std::optional<NextSegment> FetchPlanner::Idle(const FetchState& state) {
  if (!state.whole) return std::nullopt;
  const auto gap = Covered(state).FirstGap({0, state.size});
  if (!gap) return std::nullopt;
  return NextSegment{*gap, std::nullopt};
}

NextSegment FetchPlanner::ShareOf(NextSegment next, int connections) {
  if (connections <= 1) return next;
  const auto parts = static_cast<uint64_t>(connections);
  const uint64_t share = RoundUp(std::max(kMinSegment, (next.range.size() + parts - 1) / parts));
  const uint64_t end = RoundDown(next.range.begin + share);
  // What would be left is not worth a connection.
  if (end + kMinSegment <= next.range.end) next.range.end = end;
  return next;
}

std::optional<NextSegment> FetchPlanner::Steal(const FetchState& state, int connections) {
  std::optional<size_t> largest;
  uint64_t left = 0;
  for (size_t i = 0; i < state.active.size(); ++i) {
    left += Left(state.active[i]);
    const bool is_larger = !largest || Left(state.active[i]) > Left(state.active[*largest]);
    if (is_larger && IsWorthCutting(state, state.active[i])) largest = i;
  }
  if (!largest) return std::nullopt;
  const auto& victim = state.active[*largest];
  const auto free = static_cast<uint64_t>(connections);
  const uint64_t share = left / (state.active.size() + free);
  const uint64_t parts = std::clamp<uint64_t>((Left(victim) + share / 2) / share, 2, free + 1);
  const uint64_t kept = std::max(kMinCut, Left(victim) / parts);
  const uint64_t from = RoundUp(victim.position + kept);
  if (victim.end < from + kMinCut) return std::nullopt;
  return ShareOf({{from, victim.end}, largest}, static_cast<int>(parts) - 1);
}

}  // namespace longshore
