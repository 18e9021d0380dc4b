#include "proxy/upstream/shared_connections.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "proxy/net/socket.h"

namespace longshore {
namespace {

const UrlOrigin kHere{"https", "here.example", "443"};
const UrlOrigin kThere{"https", "there.example", "443"};

// To a listener that takes it, and sends nothing.
class Connection {
 public:
  explicit Connection(const Socket& listener) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(LocalPort(listener));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }
  bool IsOver() const {
    char byte = 0;
    return ::recv(fd_, &byte, 1, MSG_DONTWAIT) == 0;
  }

 private:
  const int fd_;
};

TEST_CASE("of the connections to an origin those are ended that were silent for so long") {
  const auto listener = Listen("127.0.0.1", 0);
  REQUIRE(listener);
  const Connection mine(*listener);
  const Connection closed(*listener);
  const Connection elsewhere(*listener);
  SharedConnections shared;
  shared.Add(mine.fd(), kHere);
  shared.Add(closed.fd(), kHere);
  shared.Remove(closed.fd());
  shared.Add(elsewhere.fd(), kThere);
  shared.ShutDownSilent(kHere, Duration{600'000});
  CHECK_FALSE(mine.IsOver());
  shared.ShutDownSilent(kHere, Duration{0});
  CHECK(mine.IsOver());
  CHECK_FALSE(closed.IsOver());
  CHECK_FALSE(elsewhere.IsOver());
}

}  // namespace
}  // namespace longshore
