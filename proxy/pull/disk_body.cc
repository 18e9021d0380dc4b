#include "proxy/pull/disk_body.h"

namespace longshore {

DiskBody::~DiskBody() {
  if (wait_ != 0) view_.CancelWait(wait_);
}

BodyPiece DiskBody::Next(uint64_t max) {
  if (position_ < end_ && !failed_) return NextPart(max);
  BodyPiece piece;
  if (position_ < end_) piece.kind = BodyPiece::Kind::kAbort;
  return piece;
}

bool DiskBody::IsDiskToBlame() const {
  if (failed_) return true;
  const PartialBlob::View seen = view_.ReadableFrom(position_);
  return seen.state == PartialBlob::State::kFailed &&
         (seen.error.code == Code::kNoSpace || seen.error.code == Code::kIo);
}

BodyPiece DiskBody::NothingAt(const PartialBlob::View& seen) {
  BodyPiece piece;
  piece.kind =
      seen.state == PartialBlob::State::kFilling ? BodyPiece::Kind::kWait : BodyPiece::Kind::kAbort;
  return piece;
}

void DiskBody::WaitForBytes(ByteRange wanted, Task ready) {
  auto guarded = [alive = std::weak_ptr<bool>(alive_), ready = std::move(ready)]() mutable {
    if (!alive.expired()) ready();
  };
  wait_ = view_.WaitFor(wanted, executor_, std::move(guarded));
}

}  // namespace longshore
