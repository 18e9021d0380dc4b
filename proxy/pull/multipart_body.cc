#include "proxy/pull/multipart_body.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <utility>

#include "proxy/http/range_header.h"

namespace longshore {
namespace {

// Random, so that no blob can be made to contain it.
std::string NewBoundary() {
  std::random_device random;
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%08x%08x%08x%08x", random(), random(), random(),
                random());
  return text.data();
}

}  // namespace

MultipartBody::MultipartBody(uint64_t size, std::vector<ByteRange> ranges, std::string part_type,
                             std::unique_ptr<BodySource> bytes)
    : size_(size),
      ranges_(std::move(ranges)),
      part_type_(std::move(part_type)),
      boundary_(NewBoundary()),
      bytes_(std::move(bytes)) {}

std::string MultipartBody::ContentType() const {
  return MultipartContentType(boundary_);
}

uint64_t MultipartBody::Length() const {
  return MultipartLength(boundary_, part_type_, ranges_, size_);
}

BodyPiece MultipartBody::Next(uint64_t max) {
  BodyPiece piece;
  if (left_ > 0) {
    piece = bytes_->Next(std::min(max, left_));
    left_ -= piece.kind == BodyPiece::Kind::kBytes ? piece.bytes.size() : piece.size;
    return piece;
  }
  if (next_part_ < ranges_.size()) {
    const ByteRange range = ranges_[next_part_];
    piece.kind = BodyPiece::Kind::kBytes;
    piece.bytes = PartHead(boundary_, part_type_, range, size_, next_part_ == 0);
    left_ = range.size();
    ++next_part_;
  } else if (!std::exchange(ended_, true)) {
    piece.kind = BodyPiece::Kind::kBytes;
    piece.bytes = PartEnd(boundary_);
  }
  return piece;
}

bool MultipartBody::TakeBack(uint64_t unsent) {
  left_ += unsent;
  return bytes_->TakeBack(unsent);
}

}  // namespace longshore
