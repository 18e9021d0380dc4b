#include "proxy/http/http_server.h"

#include <doctest/doctest.h>
#include <malloc.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/http_bed.h"
#include "tests/support/temp_folder.h"

namespace longshore {
namespace {

// Six bytes from a file that has three of them.
class CutOffSource final : public BodySource {
 public:
  CutOffSource(FilePtr file, bool goes_on) : file_(std::move(file)), goes_on_(goes_on) {}
  BodyPiece Next(uint64_t) override {
    if (unsent_ > 0) return Bytes(std::string(unsent_, 'x'));
    return {BodyPiece::Kind::kFile, file_, 0, 6, ""};
  }
  void WhenReady(Task) override {}
  bool TakeBack(uint64_t unsent) override {
    unsent_ = unsent;
    return goes_on_;
  }

 private:
  const FilePtr file_;
  const bool goes_on_;
  uint64_t unsent_ = 0;
};

TEST_CASE("a request is answered and the connection kept") {
  HttpBed f;
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

TEST_CASE("a request counts while it is answered, a connection that is kept does not") {
  HttpBed f;
  f.Send(kGet);
  CHECK(f.count.Requests() == 1);
  f.handler.waiting.front()->Respond(Response());
  f.Receive();
  CHECK(f.count.Requests() == 0);
  CHECK(f.count.open == 1);
  f.Send(kGet);
  f.client = Socket();
  f.Turn();
  CHECK(f.count.Requests() == 0);
}

TEST_CASE("pipelined requests are handled one at a time and answered in order") {
  HttpBed f;
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

TEST_CASE("what a client sends ahead is read up to a limit, and the rest when its turn comes") {
  HttpBed f;
  const std::string ask = "GET /a HTTP/1.1\r\nHost: x\r\nX: " + std::string(4000, 'x') + "\r\n\r\n";
  constexpr size_t kAsked = 200;
  size_t sent = 0;
  std::string rest;
  const auto send_more = [&] {
    for (;;) {
      if (rest.empty() && sent < kAsked) {
        rest = ask;
        ++sent;
      }
      const auto moved = f.client.Write(rest, false);
      if (rest.empty() || moved.kind != Socket::Moved::Kind::kBytes) return;
      rest.erase(0, moved.bytes);
      f.Turn();
    }
  };
  send_more();
  CHECK(sent < kAsked);  // the socket is full, as nobody reads on
  std::string answers;
  for (size_t answered = 0; answered < kAsked; ++answered) {
    REQUIRE(f.handler.waiting.size() == 1);
    Response response;
    response.body = ".";
    const ExchangePtr exchange = f.handler.waiting.front();
    f.handler.waiting.pop_front();
    exchange->Respond(std::move(response));
    answers += BodyOf(f.Receive());
    send_more();
  }
  CHECK(answers == std::string(kAsked, '.'));
  CHECK(f.handler.targets.size() == kAsked);
}

TEST_CASE("HEAD announces the length and sends no body") {
  HttpBed f;
  f.handler.auto_body = "hello";
  f.Send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string response = f.Receive();
  CHECK(response.find("Content-Length: 5\r\n") != std::string::npos);
  CHECK(BodyOf(response).empty());
  CHECK(!f.closed);
}

TEST_CASE("a body that comes in pieces is sent as it comes") {
  HttpBed f;
  f.Send(kGet);
  f.pieces.push_back(Bytes("abc"));
  f.AnswerFromPieces(6);
  CHECK(BodyOf(f.Receive()) == "abc");
  REQUIRE(f.ready);
  f.pieces.push_back(Bytes("def"));
  std::exchange(f.ready, Task())();
  CHECK(f.Receive() == "def");
  CHECK(!f.closed);
  CHECK(f.observer.done.at(0).complete);
}

// A sanitizer's allocator is not glibc's.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a connection that waits for its next request holds nothing of what it sent") {
  constexpr size_t kSize = 1 << 20;
  HttpBed f;
  const auto used = [] {
    const struct mallinfo2 heap = ::mallinfo2();
    return heap.uordblks + heap.hblkhd;
  };
  f.Send(kGet);
  f.AnswerFromPieces(0);
  f.handler.waiting.clear();
  f.Receive();
  const size_t idle = used();
  SUBCASE("a small body") {
    f.Send(kGet);
    Response response;
    response.body = std::string(kSize, 'x');
    f.handler.waiting.front()->Respond(std::move(response));
  }
  SUBCASE("a body in pieces") {
    f.Send(kGet);
    f.pieces.push_back(Bytes(std::string(kSize, 'x')));
    f.AnswerFromPieces(kSize);
  }
  SUBCASE("a large head") {
    f.Send(kGet);
    Response response;
    response.fields.Add("X-Large", std::string(kSize, 'x'));
    f.handler.waiting.front()->Respond(std::move(response));
  }
  f.handler.waiting.clear();
  CHECK(f.Receive().size() > kSize);
  CHECK(used() <= idle + kSize / 16);
}
#endif

TEST_CASE("the head goes out although the body's first byte is not there yet") {
  HttpBed f;
  f.Send(kGet);
  f.AnswerFromPieces(3);
  CHECK(f.Receive().starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a body that cannot be completed ends the connection short and clean") {
  HttpBed f;
  f.Send(kGet);
  f.pieces.push_back(Bytes("abc"));
  f.pieces.push_back({BodyPiece::Kind::kAbort, nullptr, 0, 0, ""});
  f.AnswerFromPieces(6);
  CHECK(BodyOf(f.Receive()) == "abc");
  CHECK(f.closed);
  CHECK(!f.observer.done.at(0).complete);
  CHECK(f.observer.done.at(0).cut);
}

TEST_CASE("a body that fails before its first byte still has its head") {
  HttpBed f;
  f.Send(kGet);
  f.pieces.push_back({BodyPiece::Kind::kAbort, nullptr, 0, 0, ""});
  f.AnswerFromPieces(6);
  const std::string answer = f.Receive();
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(BodyOf(answer).empty());
  CHECK(f.closed);
  CHECK(!f.observer.done.at(0).complete);
}

TEST_CASE("what of a file cannot be read comes in another way, or the body ends short") {
  const TempFolder folder;
  std::ofstream(folder.path() + "/blob") << "abc";
  const FilePtr file = PosixDisk().OpenRead(folder.path() + "/blob").value();
  for (const bool goes_on : {true, false}) {
    CAPTURE(goes_on);
    HttpBed f;
    f.Send(kGet);
    Response response;
    response.source = std::make_unique<CutOffSource>(file, goes_on);
    response.source_size = 6;
    f.handler.waiting.front()->Respond(std::move(response));
    CHECK(BodyOf(f.Receive()) == (goes_on ? "abcxxx" : "abc"));
    CHECK(f.closed == !goes_on);
    CHECK(f.observer.done.at(0).complete == goes_on);
    CHECK(f.observer.done.at(0).cut == !goes_on);
    CHECK(f.observer.done.at(0).bytes == (goes_on ? 6 : 3));
  }
}

TEST_CASE("a client that leaves is noticed while its request is handled") {
  HttpBed f;
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
  HttpBed f;
  f.Send("GET /a HTTP/1.1\r\nHost : x\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string response = f.Receive();
  CHECK(response.starts_with("HTTP/1.1 400 "));
  CHECK(response.find("Connection: close") != std::string::npos);
  CHECK(f.closed);
  CHECK(f.handler.targets.empty());
  CHECK(f.observer.refused == std::vector<int>{400});
}

TEST_CASE("a request with a body is answered and closed: its body is never a request") {
  HttpBed f;
  f.handler.auto_body = "no";
  f.Send(
      "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 31\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  f.Receive();
  CHECK(f.closed);
  CHECK(f.handler.targets == std::vector<std::string>{"/a"});
}

TEST_CASE("over the connection limit the answer is 503") {
  HttpBed f;
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
  HttpBed f;
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
  HttpBed f;
  f.limits.max_connections = 1;
  for (int i = 0; i < 1000; ++i) f.Connect();  // no turn: that they are gone is not seen yet
  CHECK(f.server.OpenConnections() == 513);
  CHECK(f.count.open == 513);
}

TEST_CASE("a field that would end its line is left out of the answer") {
  HttpBed f;
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

}  // namespace
}  // namespace longshore
