#include "bench/reader.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "bench/loopback.h"
#include "bench/response_head.h"

namespace longshore::bench {
namespace {

constexpr size_t kPiece = size_t{256} << 10;
constexpr int kPiecesATurn = 4;
// One with a small buffer takes what that holds once a turn: as it reads, the kernel refills the
// buffer of whoever has more waiting in the server's, and a few would be served again and again.
constexpr int kSmallPiecesATurn = 1;
constexpr size_t kMostHead = size_t{64} << 10;
// A slow client's kernel takes little more than the client does.
constexpr int kSlowReceiveBuffer = 128 * 1024;

std::array<char, kPiece>& Scratch() {
  static std::array<char, kPiece> scratch;
  return scratch;
}

}  // namespace

Reader::Reader(const ReaderOptions& options)
    : options_(options), started_(Clock::now()), fd_(Connect(options.port)) {
  if (options.expect) hasher_.emplace(options.expect->algorithm());
  const int slow = options.rate > 0 ? kSlowReceiveBuffer : 0;
  if (const int size = options.receive_buffer > 0 ? options.receive_buffer : slow; size > 0) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  }
}

Reader::~Reader() {
  ::close(fd_);
}

bool Reader::Turn(Clock::time_point now) {
  if (state_ == State::kConnecting && readable_) {
    const auto sent = ::send(fd_, options_.request.data(), options_.request.size(), MSG_NOSIGNAL);
    const bool all = sent == static_cast<ssize_t>(options_.request.size());
    state_ = all ? State::kHead : State::kFailed;
  }
  const bool is_small = options_.receive_buffer > 0;
  const int pieces = is_small ? kSmallPiecesATurn : kPiecesATurn;
  for (int piece = 0; piece < pieces; ++piece) {
    size_t most = is_small ? static_cast<size_t>(options_.receive_buffer) : kPiece;
    if (!readable_ || IsOver() || !Allowed(now, most)) return false;
    const ssize_t count = Receive(most);
    if (count <= 0) {
      readable_ = false;
      const bool waits = count < 0 && (errno == EAGAIN || errno == EINTR);
      if (!waits) state_ = State::kFailed;
    } else if (state_ == State::kHead) {
      OnHeadBytes(static_cast<size_t>(count));
    } else {
      OnBody(static_cast<size_t>(count));
    }
  }
  return true;
}

bool Reader::Allowed(Clock::time_point now, size_t& most) const {
  if (options_.rate <= 0 || state_ != State::kBody) return true;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double left = seconds * options_.rate - static_cast<double>(received_);
  if (left < 1) return false;
  most = std::min(most, static_cast<size_t>(left));
  return true;
}

ssize_t Reader::Receive(size_t most) {
  const bool keep = state_ == State::kHead || hasher_;
  if (!keep) return ::recv(fd_, nullptr, most, MSG_TRUNC);
  // The head is read in small steps, so that little of the body comes with it past the rate.
  const size_t size = state_ == State::kHead ? std::min<size_t>(most, 4096) : most;
  return ::recv(fd_, Scratch().data(), size, 0);
}

void Reader::OnHeadBytes(size_t count) {
  head_.append(Scratch().data(), count);
  const size_t end = head_.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (head_.size() > kMostHead) state_ = State::kFailed;
    return;
  }
  ParseHead(end + 4);
}

void Reader::ParseHead(size_t end) {
  const auto head = ParseResponseHead(std::string_view(head_).substr(0, end));
  if (!head) {
    state_ = State::kFailed;
    return;
  }
  status_ = head->status;
  size_ = head->content_length;
  state_ = State::kBody;
  const size_t more = head_.size() - end;
  std::copy_n(head_.data() + end, more, Scratch().data());
  if (more > 0 || size_ == 0) OnBody(more);
}

void Reader::OnBody(size_t count) {
  if (!first_byte_) first_byte_ = Clock::now() - started_;
  if (hasher_) hasher_->Update({Scratch().data(), count});
  received_ += count;
  if (received_ >= size_) Finish();
}

void Reader::Finish() {
  last_byte_ = Clock::now() - started_;
  state_ = State::kDone;
  if (hasher_) digest_is_right_ = hasher_->Finish() == *options_.expect;
}

}  // namespace longshore::bench
