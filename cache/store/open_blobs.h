#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "cache/base/digest.h"
#include "cache/base/disk.h"
#include "cache/base/mutex.h"
#include "cache/store/blob_view.h"
#include "cache/store/memory_cache.h"

namespace longshore {

// Which blobs are open, and who may not be removed because of that. Three parts:
//  - a table of recently used sealed blobs, kept open so that a hit needs no I/O (they do not pin
//  anything);
//  - for each digest: its open file if anyone still reads it, how many jobs hold it, and whether it
//  is being removed or exchanged;
//  - the digests whose file was found not to hold the blob's bytes, until it is removed.
// A digest is never held and being removed at once. Thread-safe; leaf locks only.
class OpenBlobs {
 public:
  // Keeps a digest from being removed. Movable; lets go when it is destroyed.
  class Hold {
   public:
    Hold() = default;
    Hold(Hold&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), digest_(other.digest_) {}
    Hold& operator=(Hold&& other) noexcept;
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold() { LetGo(); }
    void LetGo();

   private:
    friend class OpenBlobs;
    Hold(OpenBlobs* owner, const Digest& digest) : owner_(owner), digest_(digest) {}
    OpenBlobs* owner_ = nullptr;
    Digest digest_;
  };

  explicit OpenBlobs(size_t keep_open) : recent_(keep_open) {}
  OpenBlobs(const OpenBlobs&) = delete;
  OpenBlobs& operator=(const OpenBlobs&) = delete;

  // Never block. Recent: for any thread.
  std::shared_ptr<const SealedBlob> Recent(const Digest& digest);
  void Add(std::shared_ptr<const SealedBlob> blob);
  void Forget(const Digest& digest);  // it is opened anew for whoever asks next
  // Whoever keeps `file` open from now on pins the digest.
  void Track(const Digest& digest, const FilePtr& file);
  FilePtr OpenFile(const Digest& digest);  // null if nobody has it open

  // Its file is damaged; until Trust says that this file is gone.
  void Distrust(const Digest& digest);
  void Trust(const Digest& digest);
  bool IsDistrusted(const Digest& digest);

  // Blocks while the digest is being removed (by another pool thread that is busy with just that):
  // pool only.
  [[nodiscard]] Hold Acquire(const Digest& digest);
  // Begins a removal, or the exchange of one file for another. False: held or read by someone, or
  // claimed already. Never blocks.
  [[nodiscard]] bool TryClaim(const Digest& digest);
  void Unclaim(const Digest& digest);

 private:
  struct State {
    std::weak_ptr<File> file;
    uint32_t holds = 0;
    bool claimed = false;
    bool Idle() const { return holds == 0 && !claimed && file.expired(); }
  };
  void Release(const Digest& digest);
  void Sweep() REQUIRES(mutex_);

  MemoryCache<Digest, std::shared_ptr<const SealedBlob>> recent_;
  Mutex mutex_;
  std::condition_variable_any unclaimed_;
  std::unordered_map<Digest, State> states_ GUARDED_BY(mutex_);
  size_t sweep_at_ GUARDED_BY(mutex_) = 1024;
  std::unordered_set<Digest> distrusted_ GUARDED_BY(mutex_);
};

}  // namespace longshore
