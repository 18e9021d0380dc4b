#pragma once

#include <cstdint>
#include <memory>

#include "proxy/pull/disk_body.h"

namespace longshore {

// Straight from its file, which holds the identity bytes. What is not in the page cache is read by
// the pool first: sendfile on the loop never waits for the disk. While the disk does not answer,
// that fails at once.
//
// While the blob fills, the body says what it will want next by waiting for it: a closed range as a
// whole, an open-ended one a window that doubles with each wait, as such readers often leave early.
class BlobBody final : public DiskBody {
 public:
  static constexpr uint64_t kFirstWindow = 4 * 1024 * 1024;
  static constexpr uint64_t kLastWindow = 64 * 1024 * 1024;

  // What a subscriber of a fetch gives, held as long as it reads; may be empty.
  using Reading = std::shared_ptr<void>;

  BlobBody(BlobView view, ByteRange range, bool is_open_ended, Reading reading, Executor& executor,
           Cache& cache);

  void WhenReady(Task ready) override;
  bool TakeBack(uint64_t unsent) override;

 private:
  BodyPiece NextPart(uint64_t max) override;
  bool IsWarm(uint64_t size);

  uint64_t window_;
  const Reading reading_;
  uint64_t warm_until_ = 0;  // the pool has read up to here for us
  bool is_cold_ = false;     // the last kWait was for the disk, not for the fill
};

}  // namespace longshore
