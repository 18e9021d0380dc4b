#include "bench/asker.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "bench/loopback.h"
#include "bench/response_head.h"

namespace longshore::bench {
namespace {

std::array<char, 64 * 1024>& Scratch() {
  static std::array<char, 64 * 1024> scratch;
  return scratch;
}

}  // namespace

Asker::Asker(const AskerOptions& options, Latencies& latencies, Clock::time_point first)
    : options_(options), latencies_(latencies), fd_(Connect(options.port)), due_(first) {}

Asker::~Asker() {
  ::close(fd_);
}

Asker::Clock::time_point Asker::Turn(Clock::time_point now) {
  if (!is_connected_ || is_lost_ || is_done_ || is_asking_) return Clock::time_point::max();
  if (due_ > now) return due_;
  Ask(due_);
  due_ += options_.interval;
  return Clock::time_point::max();
}

void Asker::Ask(Clock::time_point due) {
  if (next_ == options_.requests.size()) {
    is_done_ = options_.once;
    next_ = 0;
  }
  if (is_done_) return;
  const std::string& request = options_.requests[next_++];
  is_asking_ = true;
  asked_ = due;
  const auto sent = ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
  // A request is far smaller than an empty socket's buffer.
  is_lost_ = is_lost_ || sent != static_cast<ssize_t>(request.size());
}

void Asker::OnEvent() {
  is_connected_ = true;
  if (IsClosedLoop() && !is_asking_ && !is_lost_) Ask(Clock::now());
  while (!is_lost_) {
    auto& scratch = Scratch();
    const ssize_t n = ::recv(fd_, scratch.data(), scratch.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
      is_lost_ = true;
      return;
    }
    in_.append(scratch.data(), static_cast<size_t>(n));
    TakeAnswers();
  }
}

void Asker::TakeAnswers() {
  while (!is_lost_ && !is_done_ && (has_head_ || TakeHead())) {
    const uint64_t of_body = std::min<uint64_t>(body_left_, in_.size());
    in_.erase(0, of_body);
    body_left_ -= of_body;
    if (body_left_ > 0) return;
    has_head_ = false;
    latencies_.Add(Clock::now() - asked_);
    ++answered_;
    is_asking_ = false;
    if (IsClosedLoop()) Ask(Clock::now());
  }
}

// False: not all of a head is there.
bool Asker::TakeHead() {
  const size_t end = in_.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const auto head = ParseResponseHead(std::string_view(in_).substr(0, end + 4));
  is_lost_ = !head;
  if (!head) return false;
  has_head_ = true;
  if (head->status != 200) ++wrong_;
  body_left_ = options_.is_head ? 0 : head->content_length;
  in_.erase(0, end + 4);
  return true;
}

}  // namespace longshore::bench
