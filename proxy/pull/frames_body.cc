#include "proxy/pull/frames_body.h"

#include <algorithm>
#include <utility>

namespace longshore {

BodyPiece FramesBody::NextPart(uint64_t max) {
  BodyPiece piece;
  if (!frame_) {
    piece.kind = BodyPiece::Kind::kWait;
    return piece;
  }
  const ByteRange all = frame_->identity;
  const PartialBlob::View seen = view_.ReadableFrom(position_);
  if (seen.readable_end <= position_) return NothingAt(seen);
  const uint64_t size =
      std::min({max, end_ - position_, all.end - position_, seen.readable_end - position_});
  piece.kind = BodyPiece::Kind::kBytes;
  piece.bytes = size == all.size() ? std::move(frame_->bytes)
                                   : frame_->bytes.substr(position_ - all.begin, size);
  position_ += size;
  if (position_ >= all.end || position_ >= end_) frame_.reset();
  return piece;
}

void FramesBody::WhenReady(Task ready) {
  if (frame_) {
    // It is here, and held back until the blob is proven.
    WaitForBytes({position_, end_}, std::move(ready));
    return;
  }
  const size_t index = view_.frames()->FrameAt(position_);
  cache_.ReadFrame(view_.sealed(), index, executor_,
                   [this, alive = std::weak_ptr<bool>(alive_), index,
                    ready = std::move(ready)](Result<std::string> bytes) mutable {
                     if (alive.expired()) return;
                     OnFrame(index, std::move(bytes));
                     ready();
                   });
}

void FramesBody::OnFrame(size_t index, Result<std::string> bytes) {
  if (!bytes) {
    GiveUp();
    return;
  }
  frame_ = Frame{view_.frames()->Identity(index), std::move(*bytes)};
}

}  // namespace longshore
