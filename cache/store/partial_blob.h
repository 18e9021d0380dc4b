#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "cache/base/byte_range.h"
#include "cache/base/digest.h"
#include "cache/base/disk.h"
#include "cache/base/executor.h"
#include "cache/base/mutex.h"

namespace longshore {

// A blob while it is being filled: which of its bytes are in the file, and which of those may be
// read. Shared by the one fill that writes it and every reader. Thread-safe; one leaf lock; never
// blocks on I/O.
//
// present  = written to the file. readable = present and released to readers.
// Until the digest is proven, at least min(kHoldBack, size) bytes are not released, whichever come
// last: so no reader, whatever ranges it asks for, can put a complete wrong blob together.
class PartialBlob {
 public:
  static constexpr uint64_t kHoldBack = 64 << 10;

  enum class State {
    kFilling,
    kProven,  // all bytes are present and match the digest: everything is readable
    kFailed,  // nothing more can be read; what is readable stays so
  };
  using WaitId = uint64_t;
  struct View {
    State state = State::kFilling;
    uint64_t readable_end = 0;  // bytes [offset, readable_end) can be read now; == offset if none
    Error error;                // when kFailed
  };

  PartialBlob(Digest digest, uint64_t size, FilePtr file);
  PartialBlob(const PartialBlob&) = delete;
  PartialBlob& operator=(const PartialBlob&) = delete;

  const Digest& digest() const { return digest_; }
  uint64_t size() const { return size_; }
  const FilePtr& file() const { return file_; }

  // --- for readers
  View ReadableFrom(uint64_t offset) const;
  std::vector<ByteRange> Unreadable(ByteRange within) const;
  // Posts `wake` to `executor` once: when the byte at `wanted.begin` is readable, or the state
  // leaves kFilling. Posts at once (and answers 0) if that is so already. The waiter may find
  // nothing new (spurious wake) and wait again. Until it is woken, all of `wanted` counts as
  // demanded.
  WaitId WaitFor(ByteRange wanted, Executor& executor, Task wake);
  // The waiter lost interest; `wake` may be on its way already.
  void CancelWait(WaitId id);

  // --- for whoever fetches
  // Has `changed` posted to `executor` when there is new demand since Demand was last called.
  void WatchDemand(Executor& executor, std::function<void()> changed);
  void UnwatchDemand();
  std::vector<ByteRange> Demand();  // what readers wait for, first come first

  // --- for the fill
  void Publish(ByteRange written);  // once failed, for a later fill only
  void Prove();                     // the digest matches: release everything
  void Fail(Error error);           // no effect once proven
  RangeSet Present() const;
  uint64_t PresentUntil(uint64_t offset) const;  // the first byte from there on that is absent
  std::vector<ByteRange> Absent(ByteRange within) const;

 private:
  struct Waiter {
    WaitId id;
    ByteRange wanted;
    Executor* executor;
    Task wake;
  };
  bool IsReadable(uint64_t offset) const REQUIRES(mutex_);
  void Release(ByteRange written) REQUIRES(mutex_);
  std::vector<Waiter> TakeWoken() REQUIRES(mutex_);
  static void Wake(std::vector<Waiter> woken);

  const Digest digest_;
  const uint64_t size_;
  const FilePtr file_;

  mutable Mutex mutex_;
  State state_ GUARDED_BY(mutex_) = State::kFilling;
  Error error_ GUARDED_BY(mutex_);
  RangeSet present_ GUARDED_BY(mutex_);
  RangeSet readable_ GUARDED_BY(mutex_);
  uint64_t readable_bytes_ GUARDED_BY(mutex_) = 0;
  std::vector<Waiter> waiters_ GUARDED_BY(mutex_);
  WaitId last_wait_ GUARDED_BY(mutex_) = 0;
  Executor* watcher_ GUARDED_BY(mutex_) = nullptr;
  std::function<void()> demand_changed_ GUARDED_BY(mutex_);
  bool demand_told_ GUARDED_BY(mutex_) = false;  // and Demand was not called since
};

}  // namespace longshore
