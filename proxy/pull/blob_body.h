#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cache/base/byte_range.h"
#include "cache/base/executor.h"
#include "cache/base/thread_pool.h"
#include "cache/cache.h"
#include "cache/store/blob_view.h"
#include "proxy/http/body_source.h"

namespace longshore {

// A range of a blob as a response body, straight from its file, whether sealed or filling. Lives on
// the client's loop. What is not in the page cache is read by the pool first: sendfile on the loop
// never waits for the disk. What cannot be read ends the body short (ContinuedBody goes on from
// there), and a stored blob is fetched anew for the next client.
//
// While the blob fills, the body says what it will want next by waiting for it: a closed range as a
// whole, an open-ended one a window that doubles with each wait, as such readers often leave early.
class BlobBody final : public BodySource {
 public:
  static constexpr uint64_t kFirstWindow = 4 * 1024 * 1024;
  static constexpr uint64_t kLastWindow = 64 * 1024 * 1024;

  // What a subscriber of a fetch gives, held as long as it reads; may be empty.
  using Reading = std::shared_ptr<void>;

  BlobBody(BlobView view, ByteRange range, bool is_open_ended, Reading reading, Executor& executor,
           ThreadPool& pool, Cache& cache);
  ~BlobBody() override;

  BodyPiece Next(uint64_t max) override;
  void WhenReady(Task ready) override;

  // After kAbort: has the disk failed, and not the upstream or the proof?
  bool IsDiskToBlame() const;
  uint64_t position() const { return position_; }

 private:
  bool IsWarm(uint64_t size);
  void OnWarm(bool is_readable);

  const BlobView view_;
  uint64_t position_;
  const uint64_t end_;
  uint64_t window_;
  const Reading reading_;
  Executor& executor_;
  ThreadPool& pool_;
  Cache& cache_;
  PartialBlob::WaitId wait_ = 0;
  uint64_t warm_until_ = 0;  // the pool has read up to here for us
  bool is_cold_ = false;     // the last kWait was for the disk, not for the fill
  bool failed_ = false;      // what comes next cannot be read
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longshore
