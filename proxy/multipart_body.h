#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cache/base/byte_range.h"
#include "cache/base/executor.h"
#include "cache/base/thread_pool.h"
#include "cache/blob_view.h"
#include "proxy/blob_body.h"
#include "proxy/http/body_source.h"

namespace longshore {

// Several ranges of one blob as multipart/byteranges: RFC 9110 §14.6. One part a range, in the
// order asked. Lives on the client's loop.
class MultipartBody final : public BodySource {
 public:
  MultipartBody(BlobView view, std::vector<ByteRange> ranges, std::string part_type,
                BlobBody::Reading reading, Executor& executor, ThreadPool& pool);

  std::string ContentType() const;
  uint64_t Length() const;  // bytes of the whole body

  BodyPiece Next(uint64_t max) override;
  void WhenReady(Task ready) override;

 private:
  const BlobView view_;
  const std::vector<ByteRange> ranges_;
  const std::string part_type_;
  const std::string boundary_;
  const BlobBody::Reading reading_;
  Executor& executor_;
  ThreadPool& pool_;
  size_t next_part_ = 0;
  std::unique_ptr<BodySource> part_;  // the bytes of part next_part_ - 1
  bool ended_ = false;
};

}  // namespace longshore
