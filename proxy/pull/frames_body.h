#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cache/base/byte_range.h"
#include "cache/base/executor.h"
#include "cache/cache.h"
#include "proxy/http/body_source.h"

namespace longshore {

// A range of the identity bytes of a blob that is kept as zstd frames: only the frames it touches
// are read and decoded, by the pool, one after the other. Lives on the client's loop; holds at most
// one decoded frame. A frame that cannot be read ends the body short.
class FramesBody final : public BodySource {
 public:
  // `view` has frames; `range` lies inside it; `memory` is the share that the frame takes. All
  // outlive the body.
  FramesBody(BlobView view, ByteRange range, std::shared_ptr<void> memory, Executor& executor,
             Cache& cache)
      : memory_(std::move(memory)),
        view_(std::move(view)),
        position_(range.begin),
        end_(range.end),
        executor_(executor),
        cache_(cache) {}
  ~FramesBody() override;

  BodyPiece Next(uint64_t max) override;
  void WhenReady(Task ready) override;

 private:
  struct Frame {
    ByteRange identity;
    std::string bytes;
  };
  void OnFrame(size_t index, Result<std::string> bytes);

  const std::shared_ptr<void> memory_;
  const BlobView view_;
  uint64_t position_;
  const uint64_t end_;
  Executor& executor_;
  Cache& cache_;
  std::optional<Frame> frame_;  // holds the byte at position_, once it was decoded
  bool failed_ = false;
  PartialBlob::WaitId wait_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longshore
