#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cache/base/byte_range.h"
#include "proxy/http/body_source.h"

namespace longshore {

// Several ranges of one blob as multipart/byteranges: RFC 9110 §14.6. One part a range, in the
// order asked. Lives on the client's loop.
class MultipartBody final : public BodySource {
 public:
  // `ranges` are of a blob of `size` bytes; `bytes` are theirs, one after the other.
  MultipartBody(uint64_t size, std::vector<ByteRange> ranges, std::string part_type,
                std::unique_ptr<BodySource> bytes);

  std::string ContentType() const;
  uint64_t Length() const;  // bytes of the whole body

  BodyPiece Next(uint64_t max) override;
  void WhenReady(Task ready) override { bytes_->WhenReady(std::move(ready)); }
  bool TakeBack(uint64_t unsent) override;

 private:
  const uint64_t size_;
  const std::vector<ByteRange> ranges_;
  const std::string part_type_;
  const std::string boundary_;
  const std::unique_ptr<BodySource> bytes_;
  size_t next_part_ = 0;
  uint64_t left_ = 0;  // bytes of part next_part_ - 1
  bool ended_ = false;
};

}  // namespace longshore
