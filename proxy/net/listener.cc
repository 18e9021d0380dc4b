#include "proxy/net/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "cache/base/log.h"

namespace longshore {
namespace {

constexpr int kAcceptsPerTurn = 64;  // then other sockets of the loop get their turn
constexpr Duration kRest{100};

}  // namespace

Listener::Listener(EventLoop& loop, Socket socket, OnAccept on_accept)
    : loop_(loop), socket_(std::move(socket)), on_accept_(std::move(on_accept)) {
  event_.reset(event_new(
      loop_.base(), socket_.fd(), EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<Listener*>(self)->AcceptReady(); },
      this));
  event_add(event_.get(), nullptr);
}

Listener::~Listener() {
  loop_.CancelTimer(rest_timer_);
}

void Listener::AcceptReady() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    const int fd = ::accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      const bool out_of_something =
          errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      if (out_of_something) Rest();
      return;
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    on_accept_(Socket(fd));
  }
}

void Listener::Rest() {
  log::Warn("listener", "cannot accept; resting",
            {{"reason", std::string_view(std::system_category().message(errno))}});
  event_del(event_.get());
  rest_timer_ = loop_.RunAfter(kRest, [this] { event_add(event_.get(), nullptr); });
}

}  // namespace longshore
