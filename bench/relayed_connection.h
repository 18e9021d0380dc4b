#pragma once

#include <cstdint>

#include "bench/link.h"

namespace longshore::bench {

// One end of a relayed connection, as epoll reports it (edge-triggered: a flag stays until a call
// would block).
struct Endpoint {
  int fd = -1;
  bool readable = false;
  bool writable = false;
  bool ended = false;   // nothing more comes from it
  bool shut = false;    // it was told that nothing more goes to it
  bool broken = false;  // reset, or not to be reached
  bool noted = false;   // an event came since the last turn
};

struct RelayShape {
  LinkShape link;          // each direction
  uint64_t cut_every = 0;  // bytes to the client after which the connection is cut; 0: never
};

// A client's connection and ours to the target, with a link each way. One thread.
//
// A connection carries its first byte a round trip after it was opened, as TCP's handshake takes
// that on a real link. A cut closes the target's side at once and ends the client's with FIN after
// exactly `cut_every` bytes.
class RelayedConnection {
 public:
  RelayedConnection(int client, int target, const RelayShape& shape, Time now);
  ~RelayedConnection();
  RelayedConnection(const RelayedConnection&) = delete;
  RelayedConnection& operator=(const RelayedConnection&) = delete;

  Endpoint& client() { return client_; }
  Endpoint& target() { return target_; }

  // Whether an event came since the last call.
  bool TakeNote();
  // Moves what can be moved, at most about 1 MiB each way. Returns when to call again if no event
  // comes before.
  Time Turn(Time now);
  bool IsOver() const;
  bool was_cut() const { return was_cut_; }

  // Bytes that the client's kernel has acknowledged: what really went over the link.
  uint64_t Delivered() const;
  uint64_t to_target() const { return to_target_; }

 private:
  bool Take(Endpoint& from, Link& link, Time now);
  bool Give(Link& link, Endpoint& to, uint64_t& sent, uint64_t most, Time now);
  void Cut();
  void DropInput();

  Endpoint client_;
  Endpoint target_;
  Link up_;
  Link down_;
  const uint64_t cut_after_;
  uint64_t to_client_ = 0;
  uint64_t to_target_ = 0;
  bool was_cut_ = false;
};

}  // namespace longshore::bench
