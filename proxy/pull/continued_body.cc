#include "proxy/pull/continued_body.h"

#include <algorithm>

namespace longshore {
namespace {

bool IsAscending(const std::vector<ByteRange>& ranges) {
  return std::adjacent_find(ranges.begin(), ranges.end(), [](ByteRange one, ByteRange next) {
           return next.begin < one.end;
         }) == ranges.end();
}

}  // namespace

BodyPiece ContinuedBody::Next(uint64_t max) {
  if (rest_) return rest_->Next(max);
  for (; current_ < ranges_.size(); ++current_) {
    if (!part_) part_ = part_of_(ranges_[current_]);
    BodyPiece piece = part_->Next(max);
    if (piece.kind == BodyPiece::Kind::kAbort && part_->IsDiskToBlame()) {
      rest_ = GoOn();
      if (rest_) return rest_->Next(max);
    }
    if (piece.kind != BodyPiece::Kind::kEnd) return piece;
    part_.reset();
  }
  return {};
}

void ContinuedBody::WhenReady(Task ready) {
  rest_ ? rest_->WhenReady(std::move(ready)) : part_->WhenReady(std::move(ready));
}

bool ContinuedBody::TakeBack(uint64_t unsent) {
  return part_ && part_->TakeBack(unsent);
}

RelayedPart ContinuedBody::Left() const {
  const auto current = ranges_.begin() + static_cast<std::ptrdiff_t>(current_);
  const uint64_t at = part_->position();
  RelayedPart part{.wanted = {current, ranges_.end()}, .sent = {ranges_.begin(), current}};
  part.wanted.front().begin = at;
  if (at > current->begin) part.sent.push_back({current->begin, at});
  return part;
}

// What only the store needs goes first: its memory may be the rest's.
std::unique_ptr<BodySource> ContinuedBody::GoOn() {
  RelayedPart left = Left();
  if (!IsAscending(left.wanted)) return nullptr;
  part_.reset();
  part_of_ = Part();
  return rest_of_(std::move(left));
}

}  // namespace longshore
