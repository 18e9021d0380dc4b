#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "cache/base/digest.h"
#include "cache/base/mutex.h"
#include "cache/fill/compression.h"
#include "cache/store/cache_parts.h"

namespace longshore {

// Which sealed blobs are to be compressed, and when: from the next tick on, as whoever filled or
// asked for a blob has it open when it is sealed; one at a time, a few frames a job, so that the
// pool's thread goes back to those who wait for it. What is in use then waits for the tick after.
// What is forgotten here (the queues are bounded and do not survive a restart) stays as it is,
// which is fine. Thread-safe; one leaf lock; no method blocks.
class Compressor {
 public:
  static constexpr uint64_t kMinBytes = 16 << 10;  // four blocks: less cannot save much
  static constexpr size_t kMaxWaiting = 1024;      // digests, in each of the two queues
  static constexpr int kMaxRewrites = 3;  // of one blob that is in use again at each one's end

  Compressor(CacheParts& parts, bool enabled) : parts_(parts), enabled_(enabled) {}
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  // A blob of `size` bytes was sealed, with identity bytes.
  void Offer(const Digest& digest, uint64_t size);
  // About once a second: what waits is tried.
  void TryWaiting();

 private:
  struct Waiting {
    Digest digest;
    int rewrites = 0;
  };
  void Queue(std::deque<Waiting>& queue, const Waiting& waiting) REQUIRES(mutex_);
  void Post();
  void Turn();
  bool TakeNext();
  void End(Compression::Outcome outcome);

  CacheParts& parts_;
  const bool enabled_;

  // The job's own: there is one at a time, which posts the next.
  std::unique_ptr<Compression> current_;
  Waiting next_;  // what current_ works on

  Mutex mutex_;
  std::deque<Waiting> waiting_ GUARDED_BY(mutex_);  // for the next tick
  std::deque<Waiting> ready_ GUARDED_BY(mutex_);
  bool running_ GUARDED_BY(mutex_) = false;  // there is a job
};

}  // namespace longshore
