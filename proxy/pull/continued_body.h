#pragma once

#include <memory>

#include "proxy/pull/blob_body.h"

namespace longshore {

// A blob's body from its file, and, when the disk fails while it is sent, the rest from the
// upstream. Lives on the client's loop.
class ContinuedBody final : public BodySource {
 public:
  // The rest, `left`, of what is sent from `sent_from` on. Null: there is none.
  using Rest = UniqueFunction<std::unique_ptr<BodySource>(ByteRange left, uint64_t sent_from)>;

  // `range` is what `body` was to send.
  ContinuedBody(std::unique_ptr<BlobBody> body, ByteRange range, Rest rest)
      : body_(std::move(body)), range_(range), rest_(std::move(rest)) {}

  BodyPiece Next(uint64_t max) override;
  void WhenReady(Task ready) override;

 private:
  std::unique_ptr<BlobBody> body_;  // null once the rest is sent
  std::unique_ptr<BodySource> left_;
  const ByteRange range_;
  Rest rest_;
};

}  // namespace longshore
