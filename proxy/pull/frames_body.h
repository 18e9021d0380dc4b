#pragma once

#include <memory>
#include <optional>
#include <string>

#include "proxy/pull/disk_body.h"

namespace longshore {

// The identity bytes of a blob that is kept as zstd frames: only the frames they lie in are read
// and decoded, by the pool, one after the other. Holds at most one decoded frame.
class FramesBody final : public DiskBody {
 public:
  // `view` has frames; `range` lies inside it; `memory` is the share that the frame takes. All
  // outlive the body.
  FramesBody(BlobView view, ByteRange range, std::shared_ptr<void> memory, Executor& executor,
             Cache& cache)
      : DiskBody(std::move(view), range, executor, cache), memory_(std::move(memory)) {}

  void WhenReady(Task ready) override;

 private:
  struct Frame {
    ByteRange identity;
    std::string bytes;
  };
  BodyPiece NextPart(uint64_t max) override;
  void OnFrame(size_t index, Result<std::string> bytes);

  const std::shared_ptr<void> memory_;
  std::optional<Frame> frame_;  // holds the byte at position_, once it was decoded
};

}  // namespace longshore
