#include "proxy/upstream/shared_connections.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <utility>

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
  const Connection elsewhere(*listener);
  SharedConnections shared;
  shared.Add(kHere, OpenedConnection(mine.fd()));
  shared.Add(kThere, OpenedConnection(elsewhere.fd()));
  shared.ShutDownSilent(kHere, Duration{600'000});
  CHECK_FALSE(mine.IsOver());
  shared.ShutDownSilent(kHere, Duration{0});
  CHECK(mine.IsOver());
  CHECK_FALSE(elsewhere.IsOver());
}

TEST_CASE("whoever has the descriptor of one that was closed is left alone") {
  const auto listener = Listen("127.0.0.1", 0);
  REQUIRE(listener);
  SharedConnections shared;
  std::optional<Connection> first(std::in_place, *listener);
  const OpenedConnection opened(first->fd());
  shared.Add(kHere, opened);
  first.reset();
  CHECK_FALSE(opened.IsOpen());
  const Connection second(*listener);
  REQUIRE(second.fd() == opened.fd);
  CHECK_FALSE(opened.IsOpen());
  shared.ShutDownSilent(kHere, Duration{0});
  CHECK_FALSE(second.IsOver());
}

}  // namespace
}  // namespace longshore
