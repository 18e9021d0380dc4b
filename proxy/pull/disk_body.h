#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "cache/base/byte_range.h"
#include "cache/base/executor.h"
#include "cache/cache.h"
#include "cache/store/blob_view.h"
#include "proxy/http/body_source.h"

namespace longshore {

// A range of a blob as a response body, read from the store, whether sealed or filling. Lives on
// the client's loop. What cannot be read ends the body short (ContinuedBody goes on from there),
// and a stored blob is fetched anew for the next client.
class DiskBody : public BodySource {
 public:
  ~DiskBody() override;

  BodyPiece Next(uint64_t max) final;
  // After kAbort: has the disk failed, and not the upstream or the proof?
  bool IsDiskToBlame() const;
  // The next byte.
  uint64_t position() const { return position_; }

 protected:
  // `range` lies inside the blob. The executor and the cache outlive the body.
  DiskBody(BlobView view, ByteRange range, Executor& executor, Cache& cache)
      : view_(std::move(view)),
        position_(range.begin),
        end_(range.end),
        executor_(executor),
        cache_(cache) {}

  // What Next gives before the end, while all could be read so far.
  virtual BodyPiece NextPart(uint64_t max) = 0;
  // kAbort if nothing more will come, else kWait.
  static BodyPiece NothingAt(const PartialBlob::View& seen);
  // Runs `ready` once the fill, or the proof, has come further.
  void WaitForBytes(ByteRange wanted, Task ready);
  // What comes next cannot be read.
  void GiveUp() { failed_ = true; }

  const BlobView view_;
  uint64_t position_;
  const uint64_t end_;
  Executor& executor_;
  Cache& cache_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

 private:
  bool failed_ = false;
  PartialBlob::WaitId wait_ = 0;
};

}  // namespace longshore
