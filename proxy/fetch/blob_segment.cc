#include "proxy/fetch/blob_segment.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace longshore {
namespace {

std::optional<uint64_t> ToNumber(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// "bytes 5-9/100" as RFC 9110 §14.4 has it, for exactly `range` of `size` bytes.
bool IsContentRange(std::string_view header, ByteRange range, uint64_t size) {
  const std::string expected = "bytes " + std::to_string(range.begin) + "-" +
                               std::to_string(range.end - 1) + "/" + std::to_string(size);
  return header == expected;
}

Status CheckHead(const TransferHead& head, ByteRange range, uint64_t size) {
  if (head.status == 206) {
    if (IsContentRange(head.fields.Get("Content-Range").value_or(""), range, size)) return {};
    return Fail(Code::kBadUpstream, "the upstream answered with another range than asked for");
  }
  const auto length = head.fields.Get("Content-Length");
  if (length && !IsEncoded(head) && ToNumber(*length) != size) {
    return Fail(Code::kBadUpstream, "the upstream has " + std::string(*length) +
                                        " bytes where the manifest says " + std::to_string(size));
  }
  return {};
}

}  // namespace

void BlobSegment::Start(Upstream& upstream, UpstreamRequest request, UpstreamLoad::Slot slot) {
  slot_.emplace(std::move(slot));
  began_ = clock_.Now();
  if (was_ranged()) {
    request.fields.Add(
        "Range", "bytes=" + std::to_string(asked_.begin) + "-" + std::to_string(asked_.end - 1));
  }
  transfer_ = upstream.Start(std::move(request), *this);
}

void BlobSegment::Adopt(std::unique_ptr<OpenedTransfer> opened) {
  began_ = clock_.Now();
  opened->HandTo(*this);
  transfer_ = std::move(opened);
}

void BlobSegment::CutTo(uint64_t end) {
  end_ = end;
  if (next_ >= end_ && !ended_) End({});
}

void BlobSegment::TakeFrom(uint64_t begin) {
  if (begin != asked_.begin) {
    skip_ = next_ = begin;
  }
  asked_ = {begin, blob_size_};
  end_ = blob_size_;
}

void BlobSegment::OnHead(const TransferHead& head) {
  was_answered_ = true;
  if (auto valid = CheckHead(head, asked_, blob_size_); !valid) {
    End(std::move(valid));
    return;
  }
  has_head_ = true;
  rate_.Start(clock_.Now());
  status_ = head.status;
  skip_ = head.status == 200 ? asked_.begin : 0;
  if (auto taken = owner_.OnSegmentHead(*this, head); !taken) End(std::move(taken));
}

void BlobSegment::OnBody(std::string_view data) {
  if (ended_) return;
  const uint64_t skipped = std::min<uint64_t>(skip_, data.size());
  skip_ -= skipped;
  data.remove_prefix(skipped);
  const uint64_t left = end_ - next_;
  const bool enough = data.size() >= left;
  Take(data.substr(0, left));
  // More than the range is not ours to read; a 200 to a range may well go on.
  if (enough) End({});
}

void BlobSegment::Take(std::string_view data) {
  if (data.empty()) return;  // all of it was skipped
  if (gathered_.empty()) gathered_.reserve(std::max(kChunk, data.size()));
  gathered_ += data;
  next_ += data.size();
  rate_.Add(clock_.Now(), data.size());
  if (gathered_.size() >= kChunk) Flush();
  // The first bytes go through alone: somebody waits for them, and what follows would only take the
  // processor from those who write and send them.
  const bool is_first = std::exchange(is_first_, false);
  if (!paused_ && !ended_ && (is_first || fill_.QueuedBytes() > kQueueHigh)) {
    paused_ = true;
    if (transfer_) transfer_->Pause();
  }
}

void BlobSegment::OnCaughtUp() {
  if (writes_ == 0) Flush();
}

void BlobSegment::Flush() {
  if (gathered_.empty()) return;
  const uint64_t offset = next_ - gathered_.size();
  ++writes_;
  fill_.Write(offset, std::exchange(gathered_, std::string()),
              [this, alive = std::weak_ptr<bool>(alive_)](const Status& status) {
                if (!alive.expired()) OnWritten(status);
              });
}

void BlobSegment::OnWritten(const Status& status) {
  --writes_;
  if (!status && !ended_) End(status);
  if (!status) outcome_ = status;
  if (writes_ == 0) Flush();
  // With nothing of its own under way, nobody else would wake it.
  if (paused_ && (writes_ == 0 || fill_.QueuedBytes() < kQueueLow)) {
    paused_ = false;
    if (transfer_) transfer_->Resume();
  }
  Report();
}

void BlobSegment::OnDone(const TransferEnd& end) {
  if (ended_) return;
  held_off_ = end.reason == "held_off";
  if (end.status && next_ < end_) {
    End(Fail(Code::kUnavailable, "the upstream ended the blob early"));
    return;
  }
  End(end.status);
}

// The transfer is over; what was gathered is still written.
void BlobSegment::End(Status status) {
  ended_ = true;
  outcome_ = std::move(status);
  transfer_.reset();
  slot_.reset();
  Flush();
  Report();
}

void BlobSegment::Report() {
  if (!ended_ || writes_ > 0 || reported_) return;
  reported_ = true;
  owner_.OnSegmentEnd(*this, outcome_);
}

}  // namespace longshore
