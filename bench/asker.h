#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/latencies.h"

namespace longshore::bench {

struct AskerOptions {
  uint16_t port = 0;
  std::vector<std::string> requests;  // whole heads, asked in turn
  bool once = false;                  // each of them, else again and again
  bool is_head = false;               // answers have no body
  // From one request to the next; 0: as soon as the answer is there.
  std::chrono::steady_clock::duration interval{};
};

// One keep-alive connection that asks again, as soon as it has the answer or, with an
// interval, when it is due: what had to wait for the answer before is as late as that made it. One
// thread. What is not 200 counts as wrong; a connection that ends counts as lost and is not made
// anew.
class Asker {
 public:
  using Clock = std::chrono::steady_clock;

  // Connects at once. Both references outlive it. With an interval, the first request is due at
  // `first`.
  Asker(const AskerOptions& options, Latencies& latencies, Clock::time_point first);
  ~Asker();
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  int fd() const { return fd_; }
  // There may be input, or the connection is there.
  void OnEvent();
  // Asks if that is due. Returns when to call again.
  Clock::time_point Turn(Clock::time_point now);

  uint64_t answered() const { return answered_; }
  uint64_t wrong() const { return wrong_; }
  bool is_lost() const { return is_lost_; }
  bool is_done() const { return is_done_; }  // with what was to be asked once

 private:
  void Ask(Clock::time_point due);
  bool IsClosedLoop() const { return options_.interval == Clock::duration::zero(); }
  void TakeAnswers();
  bool TakeHead();

  const AskerOptions& options_;
  Latencies& latencies_;
  const int fd_;
  size_t next_ = 0;          // of the requests
  Clock::time_point due_;    // the next request, if there is an interval
  Clock::time_point asked_;  // when the one under way was due
  bool is_connected_ = false;
  bool is_asking_ = false;
  bool is_done_ = false;
  std::string in_;  // of an answer that is not complete
  bool has_head_ = false;
  uint64_t body_left_ = 0;
  uint64_t answered_ = 0;
  uint64_t wrong_ = 0;
  bool is_lost_ = false;
};

}  // namespace longshore::bench
