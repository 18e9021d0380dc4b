#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cache/base/byte_range.h"
#include "cache/base/clock.h"
#include "cache/fill/blob_fill.h"
#include "proxy/fetch/opened_transfer.h"
#include "proxy/fetch/recent_rate.h"
#include "proxy/upstream/upstream.h"

namespace longshore {

// One upstream transfer for one range of a blob, written into its fill as it comes. Lives on the
// fetch's loop.
//
// Backpressure: upstream socket ← transfer paused while the fill has more than kQueueHigh bytes
// queued, resumed below kQueueLow. What arrived together is written together; while the writer is
// busy it is gathered to kChunk.
class BlobSegment final : public TransferObserver {
 public:
  static constexpr uint64_t kQueueHigh = 4 * 1024 * 1024;
  static constexpr uint64_t kQueueLow = 2 * 1024 * 1024;
  static constexpr size_t kChunk = 256 * 1024;

  // Told on the loop. The owner may destroy the segment in OnSegmentEnd only by way of a later
  // turn.
  class Owner {
   public:
    Owner() = default;
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    virtual ~Owner() = default;
    // The upstream answers with this blob. A failure ends the segment with that.
    virtual Status OnSegmentHead(BlobSegment& segment, const TransferHead& head) = 0;
    // Everything received has been written (or has failed to be).
    virtual void OnSegmentEnd(BlobSegment& segment, const Status& status) = 0;
  };

  BlobSegment(Owner& owner, BlobFill& fill, const Clock& clock, uint64_t blob_size, ByteRange range)
      : owner_(owner),
        fill_(fill),
        clock_(clock),
        blob_size_(blob_size),
        asked_(range),
        end_(range.end),
        next_(range.begin) {}

  void Start(Upstream& upstream, UpstreamRequest request, UpstreamLoad::Slot slot);
  // Instead of Start, for the whole blob: it was asked for already.
  void Adopt(std::unique_ptr<OpenedTransfer> opened);
  // Gives up [end, …) to another segment; `end` is at or after position().
  void CutTo(uint64_t end);
  // The upstream sends all of the blob instead of the range: this one takes [begin, size) of it.
  // Before the first byte, or with the same `begin`.
  void TakeFrom(uint64_t begin);

  uint64_t begin() const { return asked_.begin; }
  uint64_t position() const { return next_; }  // the next byte to come
  uint64_t end() const { return end_; }
  uint64_t received() const { return next_ - asked_.begin; }
  // Bytes a second of late; 0 while that is not known.
  uint64_t Rate() const { return rate_.At(clock_.Now()); }
  bool is_flowing() const { return has_head_ && !ended_; }
  bool was_answered() const { return was_answered_; }
  TimePoint began() const { return began_; }
  // Nothing was sent: the upstream, or where it leads, is left alone.
  bool was_held_off() const { return held_off_; }
  // The upstream's answer is all of the blob.
  bool gets_all() const { return is_flowing() && status_ == 200; }
  bool was_ranged() const { return asked_.begin != 0 || asked_.end != blob_size_; }

  void OnHead(const TransferHead& head) override;
  void OnBody(std::string_view data) override;
  void OnCaughtUp() override;
  void OnDone(const TransferEnd& end) override;

 private:
  void Take(std::string_view data);
  void Flush();
  void OnWritten(const Status& status);
  void End(Status status);
  void Report();

  Owner& owner_;
  BlobFill& fill_;
  const Clock& clock_;
  const uint64_t blob_size_;
  ByteRange asked_;
  uint64_t end_;  // less than asked_.end once cut
  uint64_t next_;
  RecentRate rate_;
  uint64_t skip_ = 0;                       // bytes to drop first: the upstream ignored the range
  std::string gathered_;                    // ends at next_
  std::optional<UpstreamLoad::Slot> slot_;  // of the transfer
  TransferPtr transfer_;
  TimePoint began_;
  bool was_answered_ = false;
  bool has_head_ = false;  // and it is as it should be
  bool held_off_ = false;
  int status_ = 0;
  bool is_first_ = true;  // nothing has come yet
  bool paused_ = false;
  int writes_ = 0;  // under way
  bool ended_ = false;
  bool reported_ = false;
  Status outcome_;
  // Writes may be done after the fetch gave up and destroyed its segments.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longshore
