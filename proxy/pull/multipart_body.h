#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cache/base/byte_range.h"
#include "cache/base/unique_function.h"
#include "proxy/http/body_source.h"

namespace longshore {

// Several ranges of one blob as multipart/byteranges: RFC 9110 §14.6. One part a range, in the
// order asked. Lives on the client's loop.
class MultipartBody final : public BodySource {
 public:
  using PartBody = UniqueFunction<std::unique_ptr<BodySource>(ByteRange)>;

  // `ranges` are of a blob of `size` bytes; `body_of` makes the body of one of them.
  MultipartBody(uint64_t size, std::vector<ByteRange> ranges, std::string part_type,
                PartBody body_of);

  std::string ContentType() const;
  uint64_t Length() const;  // bytes of the whole body

  BodyPiece Next(uint64_t max) override;
  void WhenReady(Task ready) override;

 private:
  const uint64_t size_;
  const std::vector<ByteRange> ranges_;
  const std::string part_type_;
  const std::string boundary_;
  PartBody body_of_;
  size_t next_part_ = 0;
  std::unique_ptr<BodySource> part_;  // the bytes of part next_part_ - 1
  bool ended_ = false;
};

}  // namespace longshore
