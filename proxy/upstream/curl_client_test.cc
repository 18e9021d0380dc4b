#include "proxy/upstream/curl_client.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "tests/support/zstd_frames.h"

namespace longshore {
namespace {

std::string Answer(const std::string& head, std::string_view body) {
  return "HTTP/1.1 " + head + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

// Answers every request of one connection after the other, on loopback. Blocks in a thread of its
// own.
class OneAtATime {
 public:
  explicit OneAtATime(std::string answer = Answer("200 OK", "ok")) : answer_(std::move(answer)) {
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

  std::string Url(const std::string& host) const { return Origin(host) + "/x"; }
  std::string Origin(const std::string& host) const {
    return "http://" + host + ":" + std::to_string(port_);
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
        ::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      }
      ::close(fd);
    }
  }

  const std::string answer_;
  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  uint16_t port_ = 0;
  std::thread thread_;
};

class Asker final : public TransferObserver {
 public:
  Asker(CurlClient& client, std::string url, AddressReach reach, std::function<void()> done,
        std::string proxy = {})
      : done_(std::move(done)) {
    TransferRequest request;
    request.proxy = std::move(proxy);
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

// Asks with `decode` and counts what it is told. Its loop stops when the transfer ends.
class Counter final : public TransferObserver {
 public:
  Counter(EventLoop& loop, CurlClient& client, const OneAtATime& server, std::string method = "GET")
      : loop_(loop) {
    TransferRequest request;
    request.method = std::move(method);
    request.url = server.Url("127.0.0.1");
    request.decode = true;
    transfer = client.Start(std::move(request), *this);
  }
  void OnHead(const TransferHead& seen) override { head = seen; }
  void OnBody(std::string_view data) override {
    bytes += data.size();
    in_turn += data.size();
    most_at_once = std::max(most_at_once, data.size());
    body += data.substr(0, 100 - std::min<size_t>(100, body.size()));
    wire_bytes = transfer->WireBytes();
    if (on_body) on_body();
  }
  void OnCaughtUp() override { most_in_turn = std::max(most_in_turn, std::exchange(in_turn, 0)); }
  void OnDone(const TransferEnd& seen) override {
    end = seen;
    loop_.Stop();
  }

  TransferPtr transfer;
  std::function<void()> on_body;
  TransferHead head;
  std::string body;  // the start of it
  uint64_t bytes = 0;
  uint64_t wire_bytes = 0;
  size_t most_at_once = 0;
  uint64_t in_turn = 0;
  uint64_t most_in_turn = 0;
  TransferEnd end;

 private:
  EventLoop& loop_;
};

constexpr uint64_t kBomb = 256 << 20;  // more than libcurl 7.88 keeps of a paused transfer, decoded
constexpr size_t kPiece = 64 << 10;
constexpr uint64_t kTurn = 256 << 10;

TEST_CASE("an encoded answer is told decoded, and its bytes on the wire are counted") {
  const std::string two_members(
      "\x1F\x8B\x08\0\0\0\0\0\0\x03\xCB\xCF\x06\0\x47\xDD\xDC\x79\x02\0\0\0"
      "\x1F\x8B\x08\0\0\0\0\0\0\x03\x53\x04\0\xD3\xFF\x6B\x9E\x01\0\0\0",
      43);
  for (const std::string name : {"gzip", "x-gzip", "GZIP", "identity, gzip"}) {
    CAPTURE(name);
    OneAtATime server(Answer("200 OK\r\nContent-Encoding: " + name, two_members));
    EventLoop loop;
    CurlClient client(loop);
    Counter counter(loop, client, server);
    loop.Run();
    CHECK(counter.end.status);
    CHECK(counter.body == "ok!");
    CHECK(counter.wire_bytes == two_members.size());
  }
}

TEST_CASE("an answer that is not encoded, although it might be, is told as it is") {
  OneAtATime server;
  EventLoop loop;
  CurlClient client(loop);
  Counter counter(loop, client, server);
  loop.Run();
  CHECK(counter.end.status);
  CHECK(counter.body == "ok");
}

TEST_CASE(
    "a bomb is expanded a piece at a time, and no more of it in a turn than of another body") {
  OneAtATime server(Answer("200 OK\r\nContent-Encoding: zstd", ZstdOfZeros(kBomb)));
  EventLoop loop;
  CurlClient client(loop);
  Counter counter(loop, client, server);
  loop.Run();
  CHECK(counter.end.status);
  CHECK(counter.bytes == kBomb);
  CHECK(counter.most_at_once <= kPiece);
  CHECK(counter.most_in_turn <= kTurn + kPiece);
}

TEST_CASE("a paused transfer waits within its encoded bytes") {
  OneAtATime server(Answer("200 OK\r\nContent-Encoding: zstd", ZstdOfZeros(kBomb)));
  EventLoop loop;
  CurlClient client(loop);
  Counter counter(loop, client, server);
  uint64_t at_pause = 0;
  int turns = 0;
  uint64_t pauses = 0;
  std::function<void()> wait = [&] {
    if (++turns < 10) return loop.Post([&] { wait(); });
    CHECK(counter.bytes == at_pause);
    turns = 0;
    counter.transfer->Resume();
  };
  // First in mid-piece of the first turn, then wherever the turns end.
  counter.on_body = [&] {
    if (counter.bytes < (pauses * kBomb) / 50) return;
    ++pauses;
    at_pause = counter.bytes;
    counter.transfer->Pause();
    loop.Post([&] { wait(); });
  };
  loop.Run();
  CHECK(counter.end.status);
  CHECK(counter.bytes == kBomb);
  CHECK(pauses > 40);
}

TEST_CASE("a body that breaks after it was waited for ends the transfer") {
  const std::string broken = ZstdOfZeros(16 << 20) + "no frame";
  OneAtATime server(Answer("200 OK\r\nContent-Encoding: zstd", broken));
  EventLoop loop;
  CurlClient client(loop);
  Counter counter(loop, client, server);
  loop.Run();
  CHECK(counter.bytes == 16 << 20);
  REQUIRE(!counter.end.status);
  CHECK(counter.end.status.error().code == Code::kBadUpstream);
  CHECK(counter.end.status.error().message.find("zstd") != std::string::npos);
  CHECK(counter.end.reason == "protocol");
}

TEST_CASE("an encoded body that ends early is no success, although its length is right") {
  const std::string whole = ZstdOfZeros(1000);
  OneAtATime server(Answer("200 OK\r\nContent-Encoding: zstd", whole.substr(0, whole.size() - 1)));
  EventLoop loop;
  CurlClient client(loop);
  Counter counter(loop, client, server);
  loop.Run();
  REQUIRE(!counter.end.status);
  CHECK(counter.end.status.error().code == Code::kUnavailable);
  CHECK(counter.end.reason == "broken");
}

TEST_CASE("an encoding that was not asked for is refused when its first byte comes") {
  OneAtATime server(Answer("200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: br", "x"));
  EventLoop loop;
  CurlClient client(loop);
  Counter counter(loop, client, server);
  loop.Run();
  CHECK(counter.head.status == 200);
  REQUIRE(!counter.end.status);
  CHECK(counter.end.status.error().code == Code::kBadUpstream);
  CHECK(counter.end.status.error().message.find("gzip, br") != std::string::npos);
}

TEST_CASE("a transfer coding that was not asked for is refused in the head") {
  const std::string chunk = "\r\n\r\n1\r\nx\r\n0\r\n\r\n";
  for (const std::string name : {"gzip, chunked", "GZIP", "deflate", "chunked, chunked"}) {
    CAPTURE(name);
    OneAtATime server("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + name + chunk);
    EventLoop loop;
    CurlClient client(loop);
    Counter counter(loop, client, server);
    loop.Run();
    CHECK(counter.head.status == 0);
    REQUIRE(!counter.end.status);
    CHECK(counter.end.status.error().code == Code::kBadUpstream);
    CHECK(counter.end.reason == "protocol");
  }
  OneAtATime server("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked" + chunk);
  EventLoop loop;
  CurlClient client(loop);
  Counter counter(loop, client, server);
  loop.Run();
  CHECK(counter.body == "x");
}

TEST_CASE("an answer without content may say how it would be encoded") {
  for (const auto& [method, status] : {std::pair{"HEAD", "200 OK"},
                                       {"GET", "200 OK"},
                                       {"GET", "204 No Content"},
                                       {"GET", "304 Not Modified"}}) {
    for (const std::string name : {"gzip", "zstd", "br"}) {
      CAPTURE(status);
      OneAtATime server(Answer(std::string(status) + "\r\nContent-Encoding: " + name, ""));
      EventLoop loop;
      CurlClient client(loop);
      Counter counter(loop, client, server, method);
      loop.Run();
      CHECK(counter.end.status);
      CHECK(counter.bytes == 0);
    }
  }
}

TEST_CASE("a transfer that goes within a piece takes its decoder with it") {
  OneAtATime server(Answer("200 OK\r\nContent-Encoding: zstd", ZstdOfZeros(kBomb)));
  EventLoop loop;
  CurlClient client(loop);
  Counter counter(loop, client, server);
  counter.on_body = [&] {
    if (counter.bytes < 3 * kTurn) return;
    counter.transfer.reset();
    loop.Stop();
  };
  loop.Run();
  CHECK(counter.bytes <= 3 * kTurn + kPiece);
}

TEST_CASE("through a proxy what counts is what the URL says, and the answer has no address") {
  struct Row {
    std::string url;
    bool is_asked;
  };
  const Row rows[] = {
      {"http://cdn.invalid/x", true},      {"http://8.8.8.8/x", true},
      {"http://169.254.169.254/x", false}, {"http://[::ffff:a00:1]/x", false},
      {"http://2130706433/x", false},  // 127.0.0.1
      {"http://localhost/x", false},
  };
  for (const Row& row : rows) {
    for (const bool is_reused : {false, true}) {
      CAPTURE(row.url);
      CAPTURE(is_reused);
      OneAtATime server;
      const std::string proxy = server.Origin("127.0.0.1");
      EventLoop loop;
      CurlClient client(loop);
      std::unique_ptr<Asker> asker;
      const auto ask = [&] {
        asker = std::make_unique<Asker>(
            client, row.url, AddressReach::kPublic, [&] { loop.Stop(); }, proxy);
      };
      std::unique_ptr<Asker> before;
      if (is_reused) {
        before = std::make_unique<Asker>(
            client, "http://a.invalid/x", AddressReach::kPublic, [&] { loop.Post(ask); }, proxy);
      } else {
        ask();
      }
      loop.Run();
      REQUIRE(asker);
      CHECK(asker->end.status.has_value() == row.is_asked);
      CHECK(asker->end.reason == (row.is_asked ? "" : "redirect"));
      CHECK(asker->peer.empty());
      CHECK(server.requests == (row.is_asked ? 1 : 0) + (is_reused ? 1 : 0));
    }
  }
}

TEST_CASE("the proxy of the environment is not asked, nor is one left out for it") {
  OneAtATime proxy;
  OneAtATime server;
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) {
    ::setenv(name, proxy.Origin("127.0.0.1").c_str(), 1);
  }
  ::setenv("no_proxy", "cdn.invalid", 1);
  EventLoop loop;
  {
    CurlClient client(loop);
    std::unique_ptr<Asker> proxied;
    Asker direct(client, server.Url("127.0.0.1"), AddressReach::kLoopback, [&] {
      CHECK(proxy.requests == 0);
      loop.Post([&] {
        proxied = std::make_unique<Asker>(
            client, "http://cdn.invalid/x", AddressReach::kPublic, [&] { loop.Stop(); },
            proxy.Origin("127.0.0.1"));
      });
    });
    loop.Run();
    CHECK(direct.end.status);
    REQUIRE(proxied);
    CHECK(proxied->end.status);
    CHECK(proxy.requests == 1);
  }
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY", "no_proxy"}) ::unsetenv(name);
}

}  // namespace
}  // namespace longshore
