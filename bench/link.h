#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>

namespace longshore::bench {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

struct LinkShape {
  Clock::duration delay{};
  double rate = 0;  // bytes/s; 0: no bound
};

// One direction of one connection over a distant link: bytes leave one after the other at `rate`
// and arrive `delay` after they left, in pieces of at most 4 ms of the rate. Pure: no sockets, time
// comes as an argument. One thread.
class Link {
 public:
  static constexpr size_t kMostPiece = size_t{64} << 10;

  // Nothing leaves before `opens`.
  Link(const LinkShape& shape, Time opens);

  // How many bytes may enter now; 0 while the link is busy or full.
  size_t Room(Time now) const;
  void Enter(std::unique_ptr<char[]> bytes, size_t size, Time now);
  // No more will enter.
  void End(Time now);

  // The oldest bytes that have arrived; empty when there are none.
  std::string_view Arrived(Time now) const;
  void Leave(size_t size);
  // The end has arrived, and every byte before it has left.
  bool HasEnded(Time now) const { return has_end_ && pieces_.empty() && now >= end_due_; }

  // When to look again: something arrives, or (if `has_input`) room appears. Time::max(): at no
  // time by itself.
  Time NextTurn(Time now, bool has_input) const;

 private:
  struct Piece {
    std::unique_ptr<char[]> bytes;
    size_t size;
    size_t begin;
    Time due;
  };

  const LinkShape shape_;
  const size_t piece_;   // most bytes that may enter at once
  const size_t window_;  // most bytes on the way and waiting to leave
  std::deque<Piece> pieces_;
  size_t held_ = 0;  // sum of what the pieces still hold
  Time free_at_;     // when the last byte that entered has left the near end
  bool has_end_ = false;
  Time end_due_;
};

}  // namespace longshore::bench
