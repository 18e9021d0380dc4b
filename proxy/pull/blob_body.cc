#include "proxy/pull/blob_body.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "proxy/fetch/page_cache.h"

namespace longshore {
namespace {

constexpr uint64_t kWarmBytes = 4 * 1024 * 1024;  // read by one pool job

// False: they cannot be read.
bool ReadThrough(int fd, uint64_t begin, uint64_t end) {
  std::vector<char> scratch(256 * 1024);
  while (begin < end) {
    const size_t want = std::min<uint64_t>(scratch.size(), end - begin);
    const ssize_t n = ::pread(fd, scratch.data(), want, static_cast<off_t>(begin));
    if (n <= 0) return false;
    begin += static_cast<uint64_t>(n);
  }
  return true;
}

}  // namespace

BlobBody::BlobBody(BlobView view, ByteRange range, bool is_open_ended, Reading reading,
                   Executor& executor, ThreadPool& pool, Cache& cache)
    : DiskBody(std::move(view), range, executor, cache),
      window_(is_open_ended ? kFirstWindow : range.size()),
      reading_(std::move(reading)),
      pool_(pool) {}

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
  OnUnreadable();
  return true;
}

void BlobBody::OnUnreadable() {
  GiveUp();
  if (view_.IsSealed()) cache_.Distrust(view_.digest());
}

void BlobBody::WhenReady(Task ready) {
  if (!is_cold_) {
    const uint64_t until = position_ + std::min(window_, end_ - position_);
    WaitForBytes({position_, until}, std::move(ready));
    if (until < end_) window_ = std::min(window_ * 2, kLastWindow);
    return;
  }
  const uint64_t readable = view_.ReadableFrom(position_).readable_end;
  warm_until_ = std::min({end_, readable, position_ + kWarmBytes});
  pool_.Post("warm", ThreadPool::kNoOrder,
             [this, alive = std::weak_ptr<bool>(alive_), file = view_.file(), begin = position_,
              end = warm_until_, executor = &executor_, ready = std::move(ready)]() mutable {
               const bool is_readable = ReadThrough(file->fd(), begin, end);
               executor->Post([this, alive, is_readable, ready = std::move(ready)]() mutable {
                 if (alive.expired()) return;
                 if (!is_readable) OnUnreadable();
                 ready();
               });
             });
}

}  // namespace longshore
