#include "proxy/net/service_manager.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "tests/support/temp_folder.h"

namespace longshore {
namespace {

// What a service manager listens on for news.
class NotifySocket {
 public:
  NotifySocket() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder_.path() + "/notify";
    std::memcpy(address.sun_path, path.c_str(), path.size());
    REQUIRE(::bind(socket_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  ~NotifySocket() { ::unsetenv("NOTIFY_SOCKET"); }

  // A datagram is there when its sender's call has returned.
  std::string Next() {
    std::array<char, 256> text{};
    const ssize_t size = ::recv(socket_.fd(), text.data(), text.size(), 0);
    return size < 0 ? "" : std::string(text.data(), static_cast<size_t>(size));
  }

 private:
  TempFolder folder_;
  Socket socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
};

TEST_CASE("the service manager is told of readiness and of the end") {
  NotifySocket manager;
  NotifyReady();
  CHECK(manager.Next() == "READY=1");
  NotifyStopping();
  CHECK(manager.Next() == "STOPPING=1");
  CHECK(manager.Next() == "");
}

TEST_CASE("an inherited socket is found by its address alone") {
  Socket own = Listen("127.0.0.1", 0).value();
  const uint16_t port = LocalPort(own);
  InheritedSockets sockets;
  REQUIRE(sockets.Add(std::move(own)));
  CHECK(sockets.Has("127.0.0.1", port));
  CHECK(!sockets.Has("0.0.0.0", port));
  CHECK(!sockets.Has("127.0.0.1", 0));
  CHECK(!sockets.Duplicate("127.0.0.2", port));
}

TEST_CASE("IPv6 addresses are found too") {
  Socket own = Listen("::1", 0).value();
  const uint16_t port = LocalPort(own);
  InheritedSockets sockets;
  REQUIRE(sockets.Add(std::move(own)));
  CHECK(sockets.Has("::1", port));
}

TEST_CASE("all duplicates take from one queue, which is there when they are gone") {
  Socket own = Listen("127.0.0.1", 0).value();
  const uint16_t port = LocalPort(own);
  InheritedSockets sockets;
  REQUIRE(sockets.Add(std::move(own)));
  for (int process = 0; process < 2; ++process) {
    auto first = sockets.Duplicate("127.0.0.1", port);
    auto second = sockets.Duplicate("127.0.0.1", port);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(LocalPort(*first) == port);
    CHECK((::fcntl(second->fd(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(second->fd(), F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(!CheckFree("127.0.0.1", port));  // still listening
}

TEST_CASE("what nobody took is told") {
  Socket own = Listen("127.0.0.1", 0).value();
  const uint16_t port = LocalPort(own);
  InheritedSockets sockets;
  REQUIRE(sockets.Add(std::move(own)));
  REQUIRE(sockets.Unused().size() == 1);
  CHECK(sockets.Unused().front() == "127.0.0.1:" + std::to_string(port));
  REQUIRE(sockets.Duplicate("127.0.0.1", port));
  CHECK(sockets.Unused().empty());
}

TEST_CASE("what is not a listening TCP socket is refused") {
  InheritedSockets sockets;
  CHECK(!sockets.Add(Socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))));
  CHECK(!sockets.Add(Socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))));
  CHECK(!sockets.Add(Socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))));
}

TEST_CASE("without the variables nothing is inherited; those of another process are not ours") {
  CHECK(InheritedSockets::FromEnvironment().value().Unused().empty());
  ::setenv("LISTEN_FDS", "1", 1);
  ::setenv("LISTEN_PID", "1", 1);
  CHECK(InheritedSockets::FromEnvironment().value().Unused().empty());
  CHECK(std::getenv("LISTEN_FDS") == nullptr);
}

}  // namespace
}  // namespace longshore
