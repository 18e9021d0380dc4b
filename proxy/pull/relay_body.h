#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cache/base/byte_range.h"
#include "cache/base/digest.h"
#include "cache/base/disk.h"
#include "cache/base/executor.h"
#include "proxy/fetch/fair_allowance.h"
#include "proxy/http/body_source.h"
#include "proxy/upstream/upstream.h"

namespace longshore {

// What of a blob is passed on, and what of it the client has already.
struct RelayedPart {
  std::vector<ByteRange> wanted;  // ascending; no two overlap
  // Read from `file`: whether it is what the upstream has, too, is looked at in the page cache.
  std::vector<ByteRange> sent = {};
  FilePtr file = nullptr;  // null: there is nothing to look at
  // What was sent had been proven before. Then it need not be in the page cache any more.
  bool was_proven = false;
};

// A blob passed from upstream to one client without being stored, because there is no space for it.
// Lives on the client's loop. Its memory is bounded by pausing the upstream. All of the blob is
// asked for, so that its digest proves it: the last kHeld bytes of what is passed on wait for that,
// and a wrong one ends the response short, as does another byte than the client has.
class RelayBody final : public BodySource, public TransferObserver {
 public:
  static constexpr uint64_t kHeld = 64 * 1024;
  static constexpr uint64_t kBufferHigh = 1024 * 1024;
  static constexpr uint64_t kBufferLow = 256 * 1024;

  // `memory` is the share that its buffer takes.
  RelayBody(const Digest& digest, uint64_t size, FairAllowance::Share memory, Executor& executor)
      : RelayBody(digest, size, {.wanted = {{0, size}}}, std::move(memory), executor) {}
  RelayBody(const Digest& digest, uint64_t size, RelayedPart part, FairAllowance::Share memory,
            Executor& executor)
      : memory_(std::move(memory)),
        digest_(digest),
        size_(size),
        part_(std::move(part)),
        executor_(executor),
        hasher_(digest.algorithm()) {}

  using OnAnswer = UniqueFunction<void(Status)>;

  // `answered` is called once: when the upstream answers with the blob, or has failed to. After a
  // failure the body ends short; the caller destroys it on a later turn.
  void Start(Upstream& upstream, UpstreamRequest request, OnAnswer answered);

  BodyPiece Next(uint64_t max) override;
  void WhenReady(Task ready) override { ready_ = std::move(ready); }

  void OnHead(const TransferHead& head) override;
  void OnBody(std::string_view data) override;
  void OnDone(const TransferEnd& end) override;

 private:
  void Answer(Status status);
  bool IsWhatWasSent(uint64_t at, std::string_view data) const;
  void Keep(uint64_t at, std::string_view data);
  std::string TakeFront(uint64_t max);
  void End(bool proven);
  void Wake();

  const FairAllowance::Share memory_;
  const Digest digest_;
  const uint64_t size_;
  const RelayedPart part_;
  Executor& executor_;
  Hasher hasher_;
  TransferPtr transfer_;
  std::deque<std::string> buffer_;
  uint64_t buffered_ = 0;
  uint64_t received_ = 0;
  bool paused_ = false;
  bool over_ = false;
  bool proven_ = false;
  OnAnswer answered_;
  Task ready_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longshore
