#include "proxy/http/response_writer.h"

#include <algorithm>

#include "cache/base/give_back.h"

namespace longshore {
namespace {

constexpr uint64_t kLongBody = 1024 * 1024;  // bytes left, from which on segments are kept full
constexpr size_t kMostHeadKept = 1024;       // of an idle connection

}  // namespace

void ResponseWriter::Begin(Response response, const Manner& manner) {
  small_ = std::move(response.body);
  shared_ = std::move(response.shared_body);
  body_ = shared_ ? std::string_view(*shared_) : std::string_view(small_);
  const uint64_t length = response.announced_size.value_or(
      response.source ? response.source_size : static_cast<uint64_t>(body_.size()));
  head_.clear();
  head_sent_ = memory_sent_ = 0;
  body_sent_ = 0;
  AppendHead(head_, response, length, manner.date, manner.is_last);
  if (manner.without_body) {
    body_ = {};
    return;
  }
  source_ = std::move(response.source);
  source_left_ = source_ ? response.source_size : 0;
}

ResponseWriter::Outcome ResponseWriter::Send(uint64_t most) {
  const uint64_t turn_end = body_sent_ + most;
  for (;;) {
    // The first piece is looked at before the head goes out: it decides whether more follows at
    // once.
    const bool wants_piece = source_left_ > 0 && !has_piece_ && !is_waiting_ && !is_short_;
    if (wants_piece) TakePiece();
    if (HasMoreInMemory()) {
      if (const auto stopped = SendFromMemory()) return *stopped;
      continue;
    }
    if (is_waiting_) return Outcome::kWaiting;
    if (is_short_) return Outcome::kShort;
    if (!has_piece_) {
      Cork(false);
      return Outcome::kSent;
    }
    if (const auto stopped = SendPiece(turn_end - body_sent_)) return *stopped;
    if ((has_piece_ || source_left_ > 0) && body_sent_ >= turn_end) return Outcome::kTurnOver;
  }
}

void ResponseWriter::TakePiece() {
  piece_ = source_->Next(std::min(source_left_, kLongestPiece));
  piece_sent_ = 0;
  switch (piece_.kind) {
    case BodyPiece::Kind::kBytes:
      piece_.size = piece_.bytes.size();
      [[fallthrough]];
    case BodyPiece::Kind::kFile:
      has_piece_ = true;
      return;
    case BodyPiece::Kind::kWait:
      is_waiting_ = true;
      Cork(false);
      source_->WhenReady([this] {
        is_waiting_ = false;
        on_ready_();
      });
      return;  // the head still goes out
    case BodyPiece::Kind::kEnd:
    case BodyPiece::Kind::kAbort:
      // The head still goes out: it is what makes the end visibly short.
      is_short_ = true;
  }
}

std::optional<ResponseWriter::Outcome> ResponseWriter::SendFromMemory() {
  const std::string_view head = std::string_view(head_).substr(head_sent_);
  const std::string_view body = body_.substr(memory_sent_);
  const Socket::Moved moved =
      body.empty() ? stream_.Write(head, has_piece_) : stream_.WriteTwo(head, body);
  if (const auto stopped = Stopped(moved)) return stopped;
  const size_t of_head = std::min(moved.bytes, head.size());
  head_sent_ += of_head;
  memory_sent_ += moved.bytes - of_head;
  body_sent_ += moved.bytes - of_head;
  total_sent_ += moved.bytes;
  return std::nullopt;
}

std::optional<ResponseWriter::Outcome> ResponseWriter::SendPiece(uint64_t most) {
  const uint64_t left = std::min(piece_.size - piece_sent_, most);
  if (source_left_ > kLongBody) Cork(true);
  const Socket::Moved moved =
      piece_.kind == BodyPiece::Kind::kFile
          ? stream_.SendFile(piece_.file->fd(), piece_.offset + piece_sent_, left)
          : stream_.Write(std::string_view(piece_.bytes).substr(piece_sent_, left), false);
  if (moved.kind == Socket::Moved::Kind::kUnreadable) {
    is_short_ = !source_->TakeBack(piece_.size - piece_sent_);
    DropPiece();
    return std::nullopt;
  }
  if (const auto stopped = Stopped(moved)) return stopped;
  piece_sent_ += moved.bytes;
  source_left_ -= moved.bytes;
  body_sent_ += moved.bytes;
  total_sent_ += moved.bytes;
  if (piece_sent_ == piece_.size) DropPiece();
  // Asked again at once, it would take the few bytes that were acknowledged meanwhile, in small
  // segments; the kernel says when it is worth it.
  if (moved.is_full) return Outcome::kBlocked;
  return std::nullopt;
}

std::optional<ResponseWriter::Outcome> ResponseWriter::Stopped(const Socket::Moved& moved) {
  switch (moved.kind) {
    case Socket::Moved::Kind::kBytes:
      return std::nullopt;
    case Socket::Moved::Kind::kWouldBlock:
      return Outcome::kBlocked;
    case Socket::Moved::Kind::kClosed:
    case Socket::Moved::Kind::kUnreadable:
      return Outcome::kClosed;
  }
  return Outcome::kClosed;
}

void ResponseWriter::DropPiece() {
  has_piece_ = false;
  GiveBack(piece_.bytes);
  piece_ = BodyPiece();
}

void ResponseWriter::Drop() {
  source_.reset();
  source_left_ = 0;
  if (has_piece_) DropPiece();
  is_waiting_ = is_short_ = false;
  shared_.reset();
  GiveBack(small_);
  body_ = {};
  memory_sent_ = 0;
  if (head_.capacity() > kMostHeadKept) GiveBack(head_);
}

// A long body goes out in full segments, of which the client acknowledges two at a time; others
// cost it, and us, an acknowledgement each.
void ResponseWriter::Cork(bool is_in) {
  if (std::exchange(is_corked_, is_in) != is_in) stream_.SetCork(is_in);
}

}  // namespace longshore
