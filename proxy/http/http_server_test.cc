#include "proxy/http/http_server.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "proxy/http/http_connection.h"
#include "proxy/net/plain_stream.h"

namespace longshore {
namespace {

// Keeps each exchange for the test to answer.
class RecordingHandler final : public HttpHandler {
 public:
  void Handle(const ExchangePtr& exchange) override {
    targets.push_back(exchange->request().target);
    if (auto_body) {
      Response response;
      response.body = *auto_body;
      exchange->Respond(std::move(response));
      return;
    }
    waiting.push_back(exchange);
  }
  std::vector<std::string> targets;
  std::deque<ExchangePtr> waiting;
  std::optional<std::string> auto_body;
};

class RecordingObserver final : public HttpObserver {
 public:
  void OnAccepted(bool within_limit) override { accepted.push_back(within_limit); }
  void OnBytesSent(uint64_t bytes) override { sent += bytes; }
  void OnRequestDone(const Request&, const RequestRecord& record) override {
    done.push_back(record);
  }
  void OnRefused(std::string_view, int status, std::string_view) override {
    refused.push_back(status);
  }
  uint64_t sent = 0;
  std::vector<RequestRecord> done;
  std::vector<int> refused;
  std::vector<bool> accepted;
};

// Gives what the test puts in, waits when it is empty.
class ScriptedSource final : public BodySource {
 public:
  explicit ScriptedSource(std::deque<BodyPiece>& pieces, Task& ready)
      : pieces_(pieces), ready_(ready) {}
  BodyPiece Next(uint64_t) override {
    if (pieces_.empty()) return {BodyPiece::Kind::kWait, nullptr, 0, 0, ""};
    BodyPiece piece = std::move(pieces_.front());
    pieces_.pop_front();
    return piece;
  }
  void WhenReady(Task ready) override { ready_ = std::move(ready); }

 private:
  std::deque<BodyPiece>& pieces_;
  Task& ready_;
};

BodyPiece Bytes(std::string text) {
  return {BodyPiece::Kind::kBytes, nullptr, 0, 0, std::move(text)};
}

// One server on a loop that the test turns by hand, and a client socket.
struct Fixture {
  Fixture() { Connect(); }
  void Connect() {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) == 0);
    client = Socket(fds[0]);
    server.Accept(std::make_unique<PlainStream>(Socket(fds[1])));
  }
  void Turn() {
    for (int i = 0; i < 8; ++i) event_base_loop(loop.base(), EVLOOP_NONBLOCK);
  }
  void Send(std::string_view text) {
    REQUIRE(client.Write(text, false).bytes == text.size());
    Turn();
  }
  std::string Receive() {
    Turn();
    std::string all;
    std::array<char, 65536> buffer{};
    for (;;) {
      const auto moved = client.Read(buffer.data(), buffer.size());
      closed = moved.kind == Socket::Moved::Kind::kClosed;
      if (moved.kind != Socket::Moved::Kind::kBytes) return all;
      all.append(buffer.data(), moved.bytes);
      Turn();
    }
  }

  EventLoop loop;
  HttpLimits limits;
  ConnectionCount count;
  RecordingHandler handler;
  RecordingObserver observer;
  HttpServer server{loop, limits, count, handler, observer};
  Socket client;
  bool closed = false;
};

std::string BodyOf(const std::string& response) {
  const size_t end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_CASE("a request is answered and the connection kept") {
  Fixture f;
  f.handler.auto_body = "hello";
  f.Send(kGet);
  const std::string first = f.Receive();
  CHECK(first.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(first.find("Content-Length: 5\r\n") != std::string::npos);
  CHECK(first.find("Date: ") != std::string::npos);
  CHECK(BodyOf(first) == "hello");
  CHECK(!f.closed);
  f.Send(kGet);
  CHECK(BodyOf(f.Receive()) == "hello");
  CHECK(f.observer.done.size() == 2);
  CHECK(f.observer.done[0].complete);
  CHECK(f.observer.done[0].bytes == 5);
}

TEST_CASE("pipelined requests are handled one at a time and answered in order") {
  Fixture f;
  f.Send(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 "
      "HTTP/1.1\r\nHost: x\r\n\r\n");
  for (const std::string body : {"one", "two", "three"}) {
    REQUIRE(f.handler.waiting.size() == 1);
    Response response;
    response.body = body;
    const ExchangePtr exchange = f.handler.waiting.front();
    f.handler.waiting.pop_front();
    exchange->Respond(std::move(response));
    CHECK(BodyOf(f.Receive()) == body);
  }
  CHECK(f.handler.targets == std::vector<std::string>{"/1", "/2", "/3"});
}

TEST_CASE("HEAD announces the length and sends no body") {
  Fixture f;
  f.handler.auto_body = "hello";
  f.Send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string response = f.Receive();
  CHECK(response.find("Content-Length: 5\r\n") != std::string::npos);
  CHECK(BodyOf(response).empty());
  CHECK(!f.closed);
}

TEST_CASE("a body that comes in pieces is sent as it comes") {
  Fixture f;
  f.Send(kGet);
  std::deque<BodyPiece> pieces;
  Task ready;
  Response response;
  response.source = std::make_unique<ScriptedSource>(pieces, ready);
  response.source_size = 6;
  pieces.push_back(Bytes("abc"));
  f.handler.waiting.front()->Respond(std::move(response));
  CHECK(BodyOf(f.Receive()) == "abc");
  REQUIRE(ready);
  pieces.push_back(Bytes("def"));
  std::exchange(ready, Task())();
  CHECK(f.Receive() == "def");
  CHECK(!f.closed);
  CHECK(f.observer.done.at(0).complete);
}

TEST_CASE("the head goes out although the body's first byte is not there yet") {
  Fixture f;
  f.Send(kGet);
  std::deque<BodyPiece> pieces;
  Task ready;
  Response response;
  response.source = std::make_unique<ScriptedSource>(pieces, ready);
  response.source_size = 3;
  f.handler.waiting.front()->Respond(std::move(response));
  CHECK(f.Receive().starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a body that cannot be completed ends the connection short and clean") {
  Fixture f;
  f.Send(kGet);
  std::deque<BodyPiece> pieces;
  Task ready;
  Response response;
  response.source = std::make_unique<ScriptedSource>(pieces, ready);
  response.source_size = 6;
  pieces.push_back(Bytes("abc"));
  pieces.push_back({BodyPiece::Kind::kAbort, nullptr, 0, 0, ""});
  f.handler.waiting.front()->Respond(std::move(response));
  CHECK(BodyOf(f.Receive()) == "abc");
  CHECK(f.closed);
  CHECK(!f.observer.done.at(0).complete);
  CHECK(f.observer.done.at(0).cut);
}

TEST_CASE("a body that fails before its first byte still has its head") {
  Fixture f;
  f.Send(kGet);
  std::deque<BodyPiece> pieces;
  Task ready;
  Response response;
  response.source = std::make_unique<ScriptedSource>(pieces, ready);
  response.source_size = 6;
  pieces.push_back({BodyPiece::Kind::kAbort, nullptr, 0, 0, ""});
  f.handler.waiting.front()->Respond(std::move(response));
  const std::string answer = f.Receive();
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(BodyOf(answer).empty());
  CHECK(f.closed);
  CHECK(!f.observer.done.at(0).complete);
}

TEST_CASE("a client that leaves is noticed while its request is handled") {
  Fixture f;
  f.Send(kGet);
  const ExchangePtr exchange = f.handler.waiting.front();
  CHECK(exchange->IsAlive());
  f.client = Socket();
  f.Turn();
  CHECK(!exchange->IsAlive());
  CHECK(f.count.open == 0);
  exchange->Respond(Response());  // harmless
  REQUIRE(f.observer.done.size() == 1);
  CHECK(!f.observer.done[0].complete);
  CHECK(!f.observer.done[0].cut);
}

TEST_CASE("a bad request is answered and closed, and what follows is not read as a request") {
  Fixture f;
  f.Send("GET /a HTTP/1.1\r\nHost : x\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string response = f.Receive();
  CHECK(response.starts_with("HTTP/1.1 400 "));
  CHECK(response.find("Connection: close") != std::string::npos);
  CHECK(f.closed);
  CHECK(f.handler.targets.empty());
  CHECK(f.observer.refused == std::vector<int>{400});
}

TEST_CASE("a request with a body is answered and closed: its body is never a request") {
  Fixture f;
  f.handler.auto_body = "no";
  f.Send(
      "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 31\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  f.Receive();
  CHECK(f.closed);
  CHECK(f.handler.targets == std::vector<std::string>{"/a"});
}

TEST_CASE("over the connection limit the answer is 503") {
  Fixture f;
  f.limits.max_connections = 1;
  Socket first = std::move(f.client);
  f.Connect();
  const std::string response = f.Receive();
  CHECK(response.starts_with("HTTP/1.1 503 "));
  CHECK(f.observer.accepted == std::vector<bool>{true, false});
  CHECK(response.find("Retry-After: 1") != std::string::npos);
  CHECK(f.closed);
}

TEST_CASE("a client has as many connections as are free, and no more") {
  Fixture f;
  f.limits.max_connections = 4;
  std::vector<Socket> held;
  for (int i = 0; i < 2; ++i) {
    held.push_back(std::move(f.client));
    f.Connect();
  }
  CHECK(f.Receive().find("too many connections of this client") != std::string::npos);
  CHECK(f.observer.accepted == std::vector<bool>{true, true, false});
  CHECK(f.count.refused_to_client == 1);
  held.clear();
  f.Turn();
  f.Connect();
  CHECK(f.observer.accepted.back());
}

TEST_CASE("of a thousand connections too many most are closed without a word") {
  Fixture f;
  f.limits.max_connections = 1;
  for (int i = 0; i < 1000; ++i) f.Connect();  // no turn: that they are gone is not seen yet
  CHECK(f.server.OpenConnections() == 513);
  CHECK(f.count.open == 513);
}

TEST_CASE("a field that would end its line is left out of the answer") {
  Fixture f;
  f.Send(kGet);
  Response response;
  response.fields.Add("X-Split", "a\r\nX-Evil: 1");
  response.fields.Add("X-Cr", "a\rX-Evil: 1");
  response.fields.Add("X-Fine", "a b");
  f.handler.waiting.front()->Respond(std::move(response));
  const std::string answer = f.Receive();
  CHECK(answer.find("X-Evil") == std::string::npos);
  CHECK(answer.find("X-Fine: a b\r\n") != std::string::npos);
}

TEST_CASE("draining ends idle connections at once and busy ones after their answer") {
  Fixture f;
  f.Send(kGet);
  Socket busy = std::move(f.client);
  f.Connect();
  f.handler.auto_body = "hello";
  f.Send(kGet);
  f.Receive();
  f.server.Drain();
  f.Receive();
  CHECK(f.closed);
  f.client = std::move(busy);
  f.handler.waiting.front()->Respond(Response());
  CHECK(f.Receive().find("Connection: close") != std::string::npos);
  CHECK(f.closed);
}

// A client that came a moment before a restart is not to learn of it.
TEST_CASE("draining answers a request that has arrived and was not read yet") {
  Fixture f;
  f.handler.auto_body = "hello";
  REQUIRE(f.client.Write(kGet, false).bytes == kGet.size());
  f.server.Drain();
  CHECK(BodyOf(f.Receive()) == "hello");
  CHECK(f.closed);
}

TEST_CASE("draining waits a moment for the first request of a new connection") {
  Fixture f;
  f.handler.auto_body = "hello";
  f.server.Drain();
  f.Receive();
  CHECK(!f.closed);
  f.Send(kGet);
  CHECK(BodyOf(f.Receive()) == "hello");
  CHECK(f.closed);
}

}  // namespace
}  // namespace longshore
