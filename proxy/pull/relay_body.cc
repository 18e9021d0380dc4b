#include "proxy/pull/relay_body.h"

#include <algorithm>
#include <utility>

#include "cache/base/log.h"
#include "proxy/fetch/page_cache.h"

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
  const uint64_t at = received_;
  received_ += data.size();
  if (received_ > size_ || !IsWhatWasSent(at, data)) {
    End(false);
    return;
  }
  hasher_.Update(data);
  Keep(at, data);
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

bool RelayBody::IsWhatWasSent(uint64_t at, std::string_view data) const {
  return std::all_of(part_.sent.begin(), part_.sent.end(), [&](const ByteRange& range) {
    const ByteRange seen = Overlap({at, at + data.size()}, range);
    if (seen.empty()) return true;
    const auto sent = part_.file ? ReadIfInMemory(part_.file->fd(), seen) : std::nullopt;
    return sent ? *sent == data.substr(seen.begin - at, seen.size()) : part_.was_proven;
  });
}

void RelayBody::Keep(uint64_t at, std::string_view data) {
  for (const ByteRange& range : part_.wanted) {
    const ByteRange kept = Overlap({at, at + data.size()}, range);
    if (kept.empty()) continue;
    buffer_.emplace_back(data.substr(kept.begin - at, kept.size()));
    buffered_ += kept.size();
  }
}

void RelayBody::OnDone(const TransferEnd& end) {
  if (answered_) {
    over_ = true;
    Wake();
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

BodyPiece RelayBody::Next(uint64_t max) {
  BodyPiece piece;
  const uint64_t kept = proven_ ? 0 : kHeld;
  if (!buffer_.empty() && buffered_ - buffer_.front().size() >= kept) {
    piece.kind = BodyPiece::Kind::kBytes;
    piece.bytes = TakeFront(max);
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

std::string RelayBody::TakeFront(uint64_t max) {
  std::string& front = buffer_.front();
  if (front.size() > max) {
    std::string begin = front.substr(0, max);
    front.erase(0, max);
    return begin;
  }
  std::string all = std::move(front);
  buffer_.pop_front();
  return all;
}

void RelayBody::Wake() {
  if (!ready_) return;
  executor_.Post([alive = std::weak_ptr<bool>(alive_), ready = std::move(ready_)]() mutable {
    if (!alive.expired()) ready();
  });
  ready_ = Task();
}

}  // namespace longshore
