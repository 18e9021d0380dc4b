#include "proxy/http/response_writer.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace longshore {
namespace {

using Kind = Socket::Moved::Kind;
using Outcome = ResponseWriter::Outcome;

// Takes `room` bytes; then it would block. "Files" are all of 'f'.
class FakeStream final : public Stream {
 public:
  int fd() const override { return -1; }
  Moved Read(char*, size_t) override { return {Kind::kWouldBlock}; }
  Moved Write(std::string_view data, bool) override { return Take(data); }
  Moved WriteTwo(std::string_view first, std::string_view second) override {
    return Take(std::string(first) + std::string(second));
  }
  Moved SendFile(int, uint64_t, size_t size) override {
    if (std::exchange(is_file_broken, false)) return {Kind::kUnreadable};
    Moved moved = Take(std::string(size, 'f'));
    moved.is_full = std::exchange(does_file_fill_it, false);
    return moved;
  }
  void SetCork(bool is_in) override { is_corked = is_in; }
  void ShutdownWrite() override {}
  size_t Unacknowledged() const override { return 0; }
  bool IsHandshaking() const override { return false; }
  bool WantsToWrite() const override { return false; }

  std::string sent;
  size_t room = SIZE_MAX;
  bool is_closed = false;
  bool is_file_broken = false;
  bool is_corked = false;
  bool does_file_fill_it = false;

 private:
  Moved Take(std::string_view data) {
    if (is_closed) return {Kind::kClosed};
    if (room == 0) return {Kind::kWouldBlock};
    const size_t taken = std::min(room, data.size());
    room -= taken;
    sent += data.substr(0, taken);
    return {Kind::kBytes, taken};
  }
};

class ScriptedSource final : public BodySource {
 public:
  BodyPiece Next(uint64_t max) override {
    asked.push_back(max);
    if (pieces.empty()) return {};
    BodyPiece piece = std::move(pieces.front());
    pieces.pop_front();
    return piece;
  }
  void WhenReady(Task ready) override { waiting = std::move(ready); }
  bool TakeBack(uint64_t unsent) override {
    taken_back = unsent;
    return may_take_back;
  }

  std::deque<BodyPiece> pieces;
  std::vector<uint64_t> asked;
  Task waiting;
  uint64_t taken_back = 0;
  bool may_take_back = true;
};

BodyPiece Bytes(std::string bytes) {
  BodyPiece piece;
  piece.kind = BodyPiece::Kind::kBytes;
  piece.bytes = std::move(bytes);
  return piece;
}

BodyPiece Of(BodyPiece::Kind kind) {
  BodyPiece piece;
  piece.kind = kind;
  return piece;
}

BodyPiece FileOf(uint64_t size) {
  BodyPiece piece = Of(BodyPiece::Kind::kFile);
  piece.file = std::make_shared<File>(open("/dev/null", O_RDONLY | O_CLOEXEC));
  piece.size = size;
  return piece;
}

struct Bed {
  void BeginText(std::string body, bool without_body = false) {
    Response response;
    response.body = std::move(body);
    writer.Begin(std::move(response), {"now", without_body, false});
  }
  ScriptedSource& BeginSource(uint64_t size, std::vector<BodyPiece> pieces) {
    auto source = std::make_unique<ScriptedSource>();
    for (BodyPiece& piece : pieces) source->pieces.push_back(std::move(piece));
    ScriptedSource& script = *source;
    Response response;
    response.source = std::move(source);
    response.source_size = size;
    writer.Begin(std::move(response), {"now"});
    return script;
  }
  std::string BodySent() const {
    const size_t head_end = stream.sent.find("\r\n\r\n");
    return head_end == std::string::npos ? "" : stream.sent.substr(head_end + 4);
  }

  FakeStream stream;
  int ready = 0;
  ResponseWriter writer{stream, [this] { ++ready; }};
};

std::vector<BodyPiece> Pieces(BodyPiece first) {
  std::vector<BodyPiece> pieces;
  pieces.push_back(std::move(first));
  return pieces;
}

std::vector<BodyPiece> Pieces(BodyPiece first, BodyPiece second) {
  std::vector<BodyPiece> pieces = Pieces(std::move(first));
  pieces.push_back(std::move(second));
  return pieces;
}

TEST_CASE("a small answer goes out with its head, a byte at a time if need be") {
  Bed f;
  f.BeginText("hello");
  f.stream.room = 0;
  int writes = 0;
  while (f.writer.Send(100) == Outcome::kBlocked) {
    REQUIRE(++writes < 1000);
    f.stream.room = 1;
  }
  CHECK(f.BodySent() == "hello");
  CHECK(f.writer.body_sent() == 5);
  CHECK(f.writer.total_sent() == f.stream.sent.size());
  CHECK(f.stream.sent.find("Content-Length: 5\r\n") != std::string::npos);
}

TEST_CASE("an answer without a body announces its length") {
  Bed f;
  f.BeginText("hello", true);
  CHECK(f.writer.Send(100) == Outcome::kSent);
  CHECK(f.BodySent().empty());
  CHECK(f.stream.sent.find("Content-Length: 5\r\n") != std::string::npos);
}

TEST_CASE("a large body goes in turns, in pieces that are bounded") {
  Bed f;
  const uint64_t size = ResponseWriter::kLongestPiece + 10;
  ScriptedSource& source =
      f.BeginSource(size, Pieces(FileOf(ResponseWriter::kLongestPiece), FileOf(10)));
  CHECK(f.writer.Send(1'000'000) == Outcome::kTurnOver);
  CHECK(f.writer.body_sent() <= 1'000'000);
  CHECK(f.stream.is_corked);
  CHECK(f.writer.Send(UINT64_MAX / 2) == Outcome::kSent);
  CHECK(!f.stream.is_corked);
  CHECK(f.BodySent().size() == size);
  CHECK(source.asked == std::vector<uint64_t>{ResponseWriter::kLongestPiece, 10});
}

TEST_CASE("what is not here yet is waited for, after the head") {
  Bed f;
  ScriptedSource& source = f.BeginSource(4, Pieces(Of(BodyPiece::Kind::kWait), Bytes("data")));
  CHECK(f.writer.Send(100) == Outcome::kWaiting);
  CHECK(!f.stream.sent.empty());
  CHECK(f.writer.IsWaiting());
  CHECK(f.writer.Send(100) == Outcome::kWaiting);
  CHECK(source.asked.size() == 1);
  source.waiting();
  CHECK(f.ready == 1);
  CHECK(f.writer.Send(100) == Outcome::kSent);
  CHECK(f.BodySent() == "data");
}

TEST_CASE("a body that ends too early ends short, after its head") {
  for (const auto kind : {BodyPiece::Kind::kEnd, BodyPiece::Kind::kAbort}) {
    Bed f;
    f.BeginSource(8, Pieces(Bytes("data"), Of(kind)));
    CHECK(f.writer.Send(100) == Outcome::kShort);
    CHECK(f.BodySent() == "data");
    Bed at_once;
    at_once.BeginSource(8, Pieces(Of(kind)));
    CHECK(at_once.writer.Send(100) == Outcome::kShort);
    CHECK(at_once.stream.sent.find("Content-Length: 8\r\n") != std::string::npos);
  }
}

TEST_CASE("what cannot be read from its file is taken back, and the body goes on otherwise") {
  Bed f;
  ScriptedSource& source = f.BeginSource(6, Pieces(FileOf(6), Bytes("reread")));
  f.stream.is_file_broken = true;
  CHECK(f.writer.Send(100) == Outcome::kSent);
  CHECK(source.taken_back == 6);
  CHECK(f.BodySent() == "reread");
}

TEST_CASE("or it ends short there, where it cannot") {
  Bed f;
  f.BeginSource(6, Pieces(FileOf(6), Bytes("reread"))).may_take_back = false;
  f.stream.is_file_broken = true;
  CHECK(f.writer.Send(100) == Outcome::kShort);
  CHECK(f.BodySent().empty());
}

TEST_CASE("room that was just filled is not asked for at once") {
  Bed f;
  f.BeginSource(8, Pieces(FileOf(4), FileOf(4)));
  f.stream.does_file_fill_it = true;
  CHECK(f.writer.Send(100) == Outcome::kBlocked);
  CHECK(f.writer.body_sent() == 4);
  CHECK(f.writer.Send(100) == Outcome::kSent);
}

TEST_CASE("a client that has left is noticed, and what was for it is freed") {
  Bed f;
  f.BeginSource(4, Pieces(Bytes("data")));
  f.stream.is_closed = true;
  CHECK(f.writer.Send(100) == Outcome::kClosed);
  CHECK(f.writer.HasSource());
  f.writer.Drop();
  CHECK(!f.writer.HasSource());
}

TEST_CASE("one answer follows the other, whatever became of the first") {
  Bed f;
  f.BeginSource(8, Pieces(Bytes("data"), Of(BodyPiece::Kind::kAbort)));
  CHECK(f.writer.Send(100) == Outcome::kShort);
  f.writer.Drop();
  const uint64_t before = f.writer.total_sent();
  f.stream.sent.clear();
  f.BeginText("next");
  CHECK(f.writer.Send(100) == Outcome::kSent);
  CHECK(f.BodySent() == "next");
  CHECK(f.writer.body_sent() == 4);
  CHECK(f.writer.total_sent() == before + f.stream.sent.size());
}

}  // namespace
}  // namespace longshore
