#include "proxy/pull/blob_body.h"

#include <algorithm>
#include <utility>

#include "proxy/fetch/page_cache.h"

namespace longshore {
namespace {

constexpr uint64_t kReadAhead = 4 * 1024 * 1024;  // by one pool job

}  // namespace

BlobBody::BlobBody(BlobView view, ByteRange range, bool is_open_ended, Reading reading,
                   Executor& executor, Cache& cache)
    : DiskBody(std::move(view), range, executor, cache),
      window_(is_open_ended ? kFirstWindow : range.size()),
      reading_(std::move(reading)) {}

bool BlobBody::IsWarm(uint64_t size) {
  const uint64_t end = position_ + size;
  if (end <= warm_until_) return true;
  return IsInMemory(view_.file()->fd(), position_, size);
}

BodyPiece BlobBody::NextPart(uint64_t max) {
  BodyPiece piece;
  const PartialBlob::View seen = view_.ReadableFrom(position_);
  if (seen.readable_end <= position_) {
    is_cold_ = false;
    return NothingAt(seen);
  }
  const uint64_t size = std::min({max, end_ - position_, seen.readable_end - position_});
  is_cold_ = !IsWarm(size);
  if (is_cold_) {
    piece.kind = BodyPiece::Kind::kWait;
    return piece;
  }
  piece.kind = BodyPiece::Kind::kFile;
  piece.file = view_.file();
  piece.offset = position_;
  piece.size = size;
  position_ += size;
  return piece;
}

bool BlobBody::TakeBack(uint64_t unsent) {
  position_ -= unsent;
  GiveUp();
  if (view_.IsSealed()) cache_.Distrust(view_.digest());
  return true;
}

void BlobBody::WhenReady(Task ready) {
  if (!is_cold_) {
    const uint64_t until = position_ + std::min(window_, end_ - position_);
    WaitForBytes({position_, until}, std::move(ready));
    if (until < end_) window_ = std::min(window_ * 2, kLastWindow);
    return;
  }
  const uint64_t readable = view_.ReadableFrom(position_).readable_end;
  warm_until_ = std::min({end_, readable, position_ + kReadAhead});
  cache_.ReadAhead(
      view_, {position_, warm_until_}, executor_,
      [this, alive = std::weak_ptr<bool>(alive_), ready = std::move(ready)](Status read) mutable {
        if (alive.expired()) return;
        if (!read) GiveUp();
        ready();
      });
}

}  // namespace longshore
