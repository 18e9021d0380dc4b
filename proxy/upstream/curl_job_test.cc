// Encoded answers, told decoded: through a CurlClient, from a server.
#include "proxy/upstream/curl_job.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "proxy/upstream/curl_client.h"
#include "tests/support/one_at_a_time.h"
#include "tests/support/zstd_frames.h"

namespace longshore {
namespace {

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

}  // namespace
}  // namespace longshore
