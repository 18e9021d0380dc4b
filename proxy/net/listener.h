#pragma once

#include "cache/base/unique_function.h"
#include "proxy/net/event_loop.h"
#include "proxy/net/socket.h"

namespace longshore {

// Accepts connections on one loop. Lives on that loop. At the descriptor limit it rests for a
// moment instead of spinning on a queue it cannot take from.
class Listener {
 public:
  using OnAccept = UniqueFunction<void(Socket)>;  // the socket is non-blocking, with TCP_NODELAY

  Listener(EventLoop& loop, Socket socket, OnAccept on_accept);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  void AcceptReady();
  void Rest();

  EventLoop& loop_;
  Socket socket_;
  OnAccept on_accept_;
  EventPtr event_;
  Executor::TimerId rest_timer_ = 0;
};

}  // namespace longshore
