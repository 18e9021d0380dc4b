#include "proxy/relay_body.h"

#include <algorithm>
#include <utility>

#include "cache/base/log.h"

namespace longshore {

void RelayBody::Start(Upstream& upstream, UpstreamRequest request, OnAnswer answered) {
  answered_ = std::move(answered);
  transfer_ = upstream.Start(std::move(request), *this);
}

void RelayBody::OnHead(const TransferHead&) {
  Answer({});
}

void RelayBody::Answer(Status status) {
  if (!answered_) return;
  OnAnswer answered = std::move(answered_);
  answered_ = OnAnswer();
  answered(std::move(status));
}

void RelayBody::OnBody(std::string_view data) {
  received_ += data.size();
  if (received_ > size_) {
    End(false);
    return;
  }
  hasher_.Update(data);
  buffer_.emplace_back(data);
  buffered_ += data.size();
  if (received_ == size_) {
    End(hasher_.Finish() == digest_);
    return;
  }
  if (!paused_ && buffered_ > kBufferHigh) {
    paused_ = true;
    transfer_->Pause();
  }
  Wake();
}

void RelayBody::OnDone(const TransferEnd& end) {
  if (answered_) {
    Answer(end.status ? Fail(Code::kBadUpstream, "the upstream sent no answer") : end.status);
    return;
  }
  if (!over_) End(size_ == 0 && hasher_.Finish() == digest_);
}

void RelayBody::End(bool proven) {
  over_ = true;
  proven_ = proven;
  if (!proven) {
    log::Error("relay", "ended short",
               {{"digest", digest_.ToString()}, {"received", received_}, {"size", size_}});
  }
  transfer_.reset();
  Wake();
}

BodyPiece RelayBody::Next(uint64_t) {
  BodyPiece piece;
  const uint64_t kept = proven_ ? 0 : kHeld;
  if (!buffer_.empty() && buffered_ - buffer_.front().size() >= kept) {
    piece.kind = BodyPiece::Kind::kBytes;
    piece.bytes = std::move(buffer_.front());
    buffer_.pop_front();
    buffered_ -= piece.bytes.size();
    if (paused_ && buffered_ < kBufferLow) {
      paused_ = false;
      if (transfer_) transfer_->Resume();
    }
    return piece;
  }
  if (over_) {
    piece.kind = proven_ ? BodyPiece::Kind::kEnd : BodyPiece::Kind::kAbort;
  } else {
    piece.kind = BodyPiece::Kind::kWait;
  }
  return piece;
}

void RelayBody::Wake() {
  if (!ready_) return;
  executor_.Post([alive = std::weak_ptr<bool>(alive_), ready = std::move(ready_)]() mutable {
    if (!alive.expired()) ready();
  });
  ready_ = Task();
}

}  // namespace longshore
