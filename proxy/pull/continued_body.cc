#include "proxy/pull/continued_body.h"

#include <utility>

namespace longshore {

BodyPiece ContinuedBody::Next(uint64_t max) {
  if (left_) return left_->Next(max);
  BodyPiece piece = body_->Next(max);
  if (piece.kind != BodyPiece::Kind::kAbort || !body_->IsDiskToBlame()) return piece;
  left_ = rest_({body_->position(), range_.end}, range_.begin);
  if (!left_) return piece;
  body_.reset();
  return left_->Next(max);
}

void ContinuedBody::WhenReady(Task ready) {
  left_ ? left_->WhenReady(std::move(ready)) : body_->WhenReady(std::move(ready));
}

}  // namespace longshore
