#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/http/http_server.h"
#include "proxy/net/plain_stream.h"
#include "tests/support/fake_clock.h"

namespace longshore {

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

inline BodyPiece Bytes(std::string text) {
  return {BodyPiece::Kind::kBytes, nullptr, 0, 0, std::move(text)};
}

// One server on a loop that the test turns by hand, by a clock that the test moves, and a client
// socket.
struct HttpBed {
  HttpBed() { Connect(); }
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

  // Answers the request that came first and waits with a body of `size` bytes, made of `pieces`.
  void AnswerFromPieces(uint64_t size) {
    Response response;
    response.source = std::make_unique<ScriptedSource>(pieces, ready);
    response.source_size = size;
    handler.waiting.front()->Respond(std::move(response));
  }

  std::deque<BodyPiece> pieces;
  Task ready;  // to be called when there are more of them
  EventLoop loop;
  FakeClock clock;
  HttpLimits limits;
  ConnectionCount count;
  RecordingHandler handler;
  RecordingObserver observer;
  HttpServer server{loop, clock, limits, count, handler, observer};
  Socket client;
  bool closed = false;
};

inline std::string BodyOf(const std::string& response) {
  const size_t end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}

inline constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

}  // namespace longshore
