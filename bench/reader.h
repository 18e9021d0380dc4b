#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cache/base/digest.h"

namespace longshore::bench {

struct ReaderOptions {
  uint16_t port = 0;
  std::string request;     // the whole head
  double rate = 0;         // bytes/s; 0: no bound
  int receive_buffer = 0;  // bytes of the socket; 0: small if there is a rate, else the host's
  std::optional<Digest> expect;  // of the body; without it the kernel discards, nothing is copied
};

// One GET on a connection of its own, whose body is thrown away. One thread.
class Reader {
 public:
  using Clock = std::chrono::steady_clock;
  enum class State : uint8_t { kConnecting, kHead, kBody, kDone, kFailed };

  // Connects at once.
  explicit Reader(const ReaderOptions& options);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  int fd() const { return fd_; }
  // An event came: there may be input again.
  void OnEvent() { readable_ = true; }
  // Reads what it may, at most about 1 MiB. True when it wants another turn at once.
  bool Turn(Clock::time_point now);

  State state() const { return state_; }
  bool IsOver() const { return state_ == State::kDone || state_ == State::kFailed; }
  int status() const { return status_; }
  uint64_t received() const { return received_; }  // of the body
  // The body came in full, with the right digest if one was asked for.
  bool IsRight() const { return state_ == State::kDone && digest_is_right_; }
  std::optional<Clock::duration> first_byte() const { return first_byte_; }  // of the body
  std::optional<Clock::duration> last_byte() const { return last_byte_; }

 private:
  bool Allowed(Clock::time_point now, size_t& most) const;
  ssize_t Receive(size_t most);
  void OnHeadBytes(size_t count);
  void ParseHead(size_t end);
  void OnBody(size_t count);
  void Finish();

  const ReaderOptions& options_;
  const Clock::time_point started_;
  int fd_;
  State state_ = State::kConnecting;
  bool readable_ = false;
  std::string head_;
  int status_ = 0;
  uint64_t size_ = 0;
  uint64_t received_ = 0;
  std::optional<Hasher> hasher_;
  bool digest_is_right_ = true;
  std::optional<Clock::duration> first_byte_;
  std::optional<Clock::duration> last_byte_;
};

}  // namespace longshore::bench
