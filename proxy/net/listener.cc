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
      const int why = errno;
      const bool out_of_something =
          why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM;
      if (out_of_something) Rest(why);
      if (why == EAGAIN) OnNobodyWaits();
      return;
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    on_accept_(Socket(fd));
  }
}

void Listener::Rest(int why) {
  if (!is_short_) {
    const std::string reason = std::system_category().message(why);
    log::Warn("listener", "cannot accept; resting until it can", {{"reason", reason}});
  }
  is_short_ = true;
  event_del(event_.get());
  rest_timer_ = loop_.RunAfter(kRest, [this] {
    event_add(event_.get(), nullptr);
    AcceptReady();  // says so if nobody is left
  });
}

void Listener::OnNobodyWaits() {
  if (is_short_) log::Info("listener", "accepted all that waited");
  is_short_ = false;
}

}  // namespace longshore
