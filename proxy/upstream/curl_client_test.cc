#include "proxy/upstream/curl_client.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace longshore {
namespace {

// Answers every request of one connection after the other, on loopback. Blocks in a thread of its
// own.
class OneAtATime {
 public:
  OneAtATime() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~OneAtATime() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  OneAtATime(const OneAtATime&) = delete;
  OneAtATime& operator=(const OneAtATime&) = delete;

  std::string Url(const std::string& host) const {
    return "http://" + host + ":" + std::to_string(port_) + "/x";
  }
  std::atomic<int> connections{0};
  std::atomic<int> requests{0};

 private:
  void Serve() {
    for (int fd = ::accept(listener_, nullptr, nullptr); fd >= 0;
         fd = ::accept(listener_, nullptr, nullptr)) {
      ++connections;
      std::array<char, 4096> buffer{};
      while (::recv(fd, buffer.data(), buffer.size(), 0) > 0) {
        ++requests;
        const std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
      }
      ::close(fd);
    }
  }

  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  uint16_t port_ = 0;
  std::thread thread_;
};

class Asker final : public TransferObserver {
 public:
  Asker(CurlClient& client, std::string url, AddressReach reach, std::function<void()> done)
      : done_(std::move(done)) {
    TransferRequest request;
    request.url = std::move(url);
    request.reach = reach;
    transfer_ = client.Start(std::move(request), *this);
  }
  void OnHead(const TransferHead& head) override { peer = head.peer; }
  void OnBody(std::string_view data) override { body += data; }
  void OnDone(const TransferEnd& seen) override {
    end = seen;
    done_();
  }
  std::string peer;
  std::string body;
  TransferEnd end;

 private:
  const std::function<void()> done_;
  TransferPtr transfer_;
};

TEST_CASE("an answer says at which address it came from") {
  OneAtATime server;
  EventLoop loop;
  {
    CurlClient client(loop);
    Asker asker(client, server.Url("localhost"), AddressReach::kLinkLocal, [&] { loop.Stop(); });
    loop.Run();
    CHECK(asker.end.status);
    CHECK(asker.body == "ok");
    CHECK(asker.peer == "127.0.0.1");
  }
}

TEST_CASE("an address further inside than allowed is not connected to, by number or by name") {
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    for (const AddressReach reach : {AddressReach::kPublic, AddressReach::kPrivate}) {
      CAPTURE(host);
      OneAtATime server;
      EventLoop loop;
      CurlClient client(loop);
      Asker asker(client, server.Url(host), reach, [&] { loop.Stop(); });
      loop.Run();
      REQUIRE(!asker.end.status);
      CHECK(asker.end.status.error().code == Code::kBadUpstream);
      CHECK(asker.end.reason == "redirect");
      CHECK(server.connections == 0);
    }
  }
}

TEST_CASE("nor is it asked over a connection that somebody else may use") {
  OneAtATime server;
  EventLoop loop;
  CurlClient client(loop);
  std::unique_ptr<Asker> second;
  Asker first(client, server.Url("127.0.0.1"), AddressReach::kLoopback, [&] {
    loop.Post([&] {
      second = std::make_unique<Asker>(client, server.Url("127.0.0.1"), AddressReach::kPrivate,
                                       [&] { loop.Stop(); });
    });
  });
  loop.Run();
  CHECK(first.end.status);
  REQUIRE(second);
  REQUIRE(!second->end.status);
  CHECK(second->end.reason == "redirect");
  CHECK(server.requests == 1);
}

}  // namespace
}  // namespace longshore
