#include "proxy/net/socket.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

namespace longshore {
namespace {

using Kind = Socket::Moved::Kind;

std::pair<Socket, Socket> MakePair() {
  std::array<int, 2> fds{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) == 0);
  return {Socket(fds[0]), Socket(fds[1])};
}

// The two ends of a connection to who listens.
std::pair<Socket, Socket> Connect(const Socket& listening) {
  Socket client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(LocalPort(listening));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(client.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  Socket accepted(::accept4(listening.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  REQUIRE(accepted.IsOpen());
  return {std::move(client), std::move(accepted)};
}

TEST_CASE("bytes move, an empty socket would block, a closed one says so") {
  auto [near, far] = MakePair();
  std::array<char, 16> buffer{};
  CHECK(far.Read(buffer.data(), buffer.size()).kind == Kind::kWouldBlock);
  CHECK(near.WriteTwo("he", "llo").bytes == 5);
  const auto moved = far.Read(buffer.data(), buffer.size());
  CHECK(std::string(buffer.data(), moved.bytes) == "hello");
  near.ShutdownWrite();
  CHECK(far.Read(buffer.data(), buffer.size()).kind == Kind::kClosed);
  far = Socket();
  CHECK(near.Write("x", false).kind == Kind::kClosed);
}

TEST_CASE("a file that ends before is told apart from a peer that has left") {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  REQUIRE(std::fputs("abc", file.get()) >= 0);
  REQUIRE(std::fflush(file.get()) == 0);
  auto [near, far] = MakePair();
  CHECK(near.SendFile(::fileno(file.get()), 0, 6).bytes == 3);
  CHECK(near.SendFile(::fileno(file.get()), 3, 3).kind == Kind::kUnreadable);
  far = Socket();
  ::signal(SIGPIPE, SIG_IGN);  // as in the program: sendfile(2) has no MSG_NOSIGNAL
  CHECK(near.SendFile(::fileno(file.get()), 0, 3).kind == Kind::kClosed);
}

TEST_CASE("a port that somebody listens on is not free, although the loops share it") {
  auto first = Listen("127.0.0.1", 0);
  REQUIRE(first);
  const uint16_t port = LocalPort(*first);
  CHECK(port != 0);
  auto second = Listen("127.0.0.1", port);
  CHECK(second);
  const auto free = CheckFree("127.0.0.1", port);
  REQUIRE(!free);
  CHECK(free.error().code == Code::kUnavailable);
  CHECK(free.error().message.find(std::to_string(port)) != std::string::npos);
  first = Socket();
  second = Socket();
  CHECK(CheckFree("127.0.0.1", port));
}

TEST_CASE(
    "what a listening socket sends by, those it accepts send by too; what is not there is said") {
  auto listening = Listen("127.0.0.1", 0);
  REQUIRE(listening);
  REQUIRE(listening->SetCongestion("reno"));
  const auto [client, accepted] = Connect(*listening);
  std::array<char, 16> name{};
  socklen_t size = name.size();
  REQUIRE(::getsockopt(accepted.fd(), IPPROTO_TCP, TCP_CONGESTION, name.data(), &size) == 0);
  CHECK(std::string(name.data()) == "reno");

  const auto unknown = listening->SetCongestion("nosuch");
  REQUIRE(!unknown);
  CHECK(unknown.error().message.find("nosuch") != std::string::npos);
}

TEST_CASE("what is less than a segment stays behind a cork, and leaves when it is taken out") {
  auto listening = Listen("127.0.0.1", 0);
  REQUIRE(listening);
  auto [client, accepted] = Connect(*listening);
  accepted.SetCork(true);
  REQUIRE(accepted.Write("the end", false).bytes == 7);
  std::array<char, 16> buffer{};
  CHECK(::recv(client.fd(), buffer.data(), buffer.size(), MSG_DONTWAIT) == -1);
  accepted.SetCork(false);
  const auto moved = client.Read(buffer.data(), buffer.size());
  CHECK(std::string(buffer.data(), moved.bytes) == "the end");
}

TEST_CASE("addresses are numbers: a name is refused") {
  for (const std::string host : {"example.org", "127.0.0.1.5", "", "::1]"}) {
    CAPTURE(host);
    const auto socket = Listen(host, 0);
    REQUIRE(!socket);
    CHECK(socket.error().code == Code::kInvalid);
  }
}

}  // namespace
}  // namespace longshore
