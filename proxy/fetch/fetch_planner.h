#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "cache/base/byte_range.h"
#include "cache/base/clock.h"

namespace longshore {

// What a blob's fetch knows when it decides what to ask the upstream for next.
struct FetchState {
  uint64_t size = 0;
  const RangeSet& present;
  // A range under way: bytes [begin, position) have come and are being written, [position, end) are
  // still to come, in order.
  struct Active {
    uint64_t begin = 0;
    uint64_t position = 0;
    uint64_t end = 0;
    uint64_t rate = 0;  // bytes/s; 0 while it is not known
  };
  std::vector<Active> active;
  std::vector<ByteRange> wanted;  // what readers wait for, first come first
  bool whole = false;             // the rest is wanted, too
  Duration way{0};                // from asking the upstream to its first byte
};

struct NextSegment {
  ByteRange range;
  // The active range that ends at range.begin from now on: its rest was taken over.
  std::optional<size_t> cut;
  bool operator==(const NextSegment&) const = default;
};

// Pure decisions of a blob's fetch; no byte that is present or under way is ever asked for again,
// except where a range under way is cut. Ranges begin and end on chunks, unless something present
// or the end of the blob is nearer.
//
// - Urgent: a reader waits for bytes that nobody fetches, or that come only after more than
//   kPatience others.
// - Idle: bytes that are wanted as part of the whole and nobody fetches.
// - Steal: of the largest range under way, what connections that are free would have of it if all
//   had as much.
//
// What is cut costs what was on its way already, so Steal leaves both parts kMinCut at least, and
// leaves alone what ends soon: at its rate in less than kWorthCutting, or than kWaysWorthCutting
// times the way.
class FetchPlanner {
 public:
  static constexpr uint64_t kChunk = 64 * 1024;
  static constexpr uint64_t kPatience = 1024 * 1024;
  static constexpr uint64_t kMinSegment = 1024 * 1024;
  static constexpr uint64_t kMinCut = 2 * 1024 * 1024;
  static constexpr Duration kWorthCutting{500};
  static constexpr int kWaysWorthCutting = 4;

  static std::optional<NextSegment> Urgent(const FetchState& state);
  static std::optional<NextSegment> Idle(const FetchState& state);
  // For the first of `connections` (1 at least) that are free. What it leaves between its end and
  // the cut range's is Idle's for the others.
  static std::optional<NextSegment> Steal(const FetchState& state, int connections);
  // Of what is to be fetched next, what one of `connections` that are free should take: as much as
  // each of the others, but not less than kMinSegment. The rest is Idle's for them.
  static NextSegment ShareOf(NextSegment next, int connections);
};

}  // namespace longshore
