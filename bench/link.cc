#include "bench/link.h"

#include <algorithm>
#include <utility>

namespace longshore::bench {
namespace {

// How far ahead of the link the relay reads: covers a late wake-up, so that the rate holds on a
// busy machine.
constexpr std::chrono::milliseconds kLead{25};
constexpr double kPieceSeconds = 0.004;

double Seconds(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

size_t PieceOf(const LinkShape& shape) {
  if (shape.rate <= 0) return Link::kMostPiece;
  const double size = shape.rate * kPieceSeconds;
  return static_cast<size_t>(std::clamp(size, 1024.0, double{Link::kMostPiece}));
}

size_t WindowOf(const LinkShape& shape) {
  constexpr size_t kNear = size_t{1} << 20;
  constexpr size_t kFar = size_t{32} << 20;
  if (shape.rate <= 0) return shape.delay > Clock::duration::zero() ? kFar : kNear;
  return static_cast<size_t>(shape.rate * Seconds(shape.delay + 2 * kLead)) + 2 * Link::kMostPiece;
}

}  // namespace

Link::Link(const LinkShape& shape, Time opens)
    : shape_(shape), piece_(PieceOf(shape)), window_(WindowOf(shape)), free_at_(opens) {}

size_t Link::Room(Time now) const {
  if (has_end_ || held_ >= window_ || free_at_ - now > kLead) return 0;
  return piece_;
}

void Link::Enter(std::unique_ptr<char[]> bytes, size_t size, Time now) {
  free_at_ = std::max(free_at_, now);
  if (shape_.rate > 0) {
    const std::chrono::duration<double> busy(static_cast<double>(size) / shape_.rate);
    free_at_ += std::chrono::duration_cast<Clock::duration>(busy);
  }
  held_ += size;
  pieces_.push_back({std::move(bytes), size, 0, free_at_ + shape_.delay});
}

void Link::End(Time now) {
  has_end_ = true;
  end_due_ = std::max(free_at_, now) + shape_.delay;
}

std::string_view Link::Arrived(Time now) const {
  if (pieces_.empty() || pieces_.front().due > now) return {};
  const Piece& piece = pieces_.front();
  return {piece.bytes.get() + piece.begin, piece.size - piece.begin};
}

void Link::Leave(size_t size) {
  Piece& piece = pieces_.front();
  piece.begin += size;
  held_ -= size;
  if (piece.begin == piece.size) pieces_.pop_front();
}

Time Link::NextTurn(Time now, bool has_input) const {
  Time next = Time::max();
  const auto consider = [&](Time time) {
    if (time > now) next = std::min(next, time);
  };
  if (!pieces_.empty()) consider(pieces_.front().due);
  if (pieces_.empty() && has_end_) consider(end_due_);
  if (has_input && !has_end_) consider(free_at_ - kLead);
  return next;
}

}  // namespace longshore::bench
