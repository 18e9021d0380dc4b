#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "bench/latencies.h"

namespace longshore::bench {

struct AskerOptions {
  uint16_t port = 0;
  std::string request;   // the whole head
  bool is_head = false;  // answers have no body
};

// One keep-alive connection that asks the same again as soon as it has the answer. One thread. What
// is not 200 counts as wrong; a connection that ends counts as lost and is not made anew.
class Asker {
 public:
  using Clock = std::chrono::steady_clock;

  // Connects at once. Both references outlive it.
  Asker(const AskerOptions& options, Latencies& latencies);
  ~Asker();
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  int fd() const { return fd_; }
  // There may be input, or the connection is there.
  void OnEvent();

  uint64_t answered() const { return answered_; }
  uint64_t wrong() const { return wrong_; }
  bool is_lost() const { return is_lost_; }

 private:
  void Ask();
  void TakeAnswers();
  bool TakeHead();

  const AskerOptions& options_;
  Latencies& latencies_;
  const int fd_;
  Clock::time_point asked_at_;
  bool is_asking_ = false;
  std::string in_;  // of an answer that is not complete
  bool has_head_ = false;
  uint64_t body_left_ = 0;
  uint64_t answered_ = 0;
  uint64_t wrong_ = 0;
  bool is_lost_ = false;
};

}  // namespace longshore::bench
