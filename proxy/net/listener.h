#pragma once

#include "cache/base/unique_function.h"
#include "proxy/net/event_loop.h"
#include "proxy/net/socket.h"

namespace longshore {

// Accepts connections on one loop. Lives on that loop. At the descriptor limit it rests for a
// moment, again and again, instead of spinning on a queue it cannot take from; who waits there is
// accepted when there are descriptors again. The log has the beginning and the end of that.
class Listener {
 public:
  using OnAccept = UniqueFunction<void(Socket)>;  // the socket is non-blocking, with TCP_NODELAY

  Listener(EventLoop& loop, Socket socket, OnAccept on_accept);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  void AcceptReady();
  void Rest(int why);  // an errno
  void OnNobodyWaits();

  EventLoop& loop_;
  Socket socket_;
  OnAccept on_accept_;
  EventPtr event_;
  bool is_short_ = false;  // of descriptors or memory, and it was said
  Executor::TimerId rest_timer_ = 0;
};

}  // namespace longshore
