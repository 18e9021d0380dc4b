#include "bench/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace longshore::bench {
namespace {

constexpr int kBacklog = 4096;

int Must(int result, const char* what) {
  if (result >= 0) return result;
  std::perror(what);
  std::exit(1);
}

void SetFlag(int fd, int level, int option) {
  const int on = 1;
  Must(::setsockopt(fd, level, option, &on, sizeof on), "setsockopt");
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int NewSocket() {
  return Must(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
}

}  // namespace

int Listen(uint16_t port) {
  const int fd = NewSocket();
  SetFlag(fd, SOL_SOCKET, SO_REUSEADDR);
  const sockaddr_in address = Loopback(port);
  Must(::bind(fd, std::bit_cast<const sockaddr*>(&address), sizeof address), "bind");
  Must(::listen(fd, kBacklog), "listen");
  return fd;
}

int Connect(uint16_t port) {
  const int fd = NewSocket();
  SetFlag(fd, IPPROTO_TCP, TCP_NODELAY);
  const sockaddr_in address = Loopback(port);
  const int result = ::connect(fd, std::bit_cast<const sockaddr*>(&address), sizeof address);
  if (result < 0 && errno != EINPROGRESS) Must(result, "connect");
  return fd;
}

int Accept(int listener) {
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    SetFlag(fd, IPPROTO_TCP, TCP_NODELAY);
    return fd;
  }
  if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR) return -1;
  return Must(fd, "accept");
}

int NewEpoll() {
  return Must(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
}

void Watch(int epoll, int fd, void* what) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = what;
  Must(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

}  // namespace longshore::bench
