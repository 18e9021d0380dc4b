#include "proxy/pull/relay_body.h"

#include <doctest/doctest.h>

#include <fstream>
#include <optional>
#include <string>

#include "tests/support/fake_clock.h"
#include "tests/support/manual_executor.h"
#include "tests/support/plain_upstream.h"
#include "tests/support/temp_folder.h"

namespace longshore {
namespace {

constexpr uint64_t kMiB = 1024 * 1024;

// One client that reads a relayed blob of `content`, of which the upstream says what the test says.
struct Fixture {
  explicit Fixture(const std::string& content) : Fixture(content, {{{0, content.size()}}}) {}
  Fixture(const std::string& content, RelayedPart part)
      : body(Digest::Of(content), content.size(), std::move(part), *memory.TryTake({}, kMiB),
             executor) {
    body.Start(upstream, {}, [this](const Status& status) {
      ++answers;
      answer = status;
    });
  }
  FakeTransfers::Call& wire() { return upstream.transfers.last(); }
  void Head() {
    TransferHead head;
    head.status = 200;
    wire().observer->OnHead(head);
  }
  // What the client gets now; `last` is how it goes on from there.
  std::string Read(uint64_t max = kMiB) {
    std::string read;
    for (;;) {
      BodyPiece piece = body.Next(max);
      last = piece.kind;
      if (piece.kind != BodyPiece::Kind::kBytes) return read;
      REQUIRE(piece.bytes.size() <= max);
      read += piece.bytes;
    }
  }

  FakeClock clock;
  ManualExecutor executor{clock};
  FairAllowance memory{kMiB};
  PlainUpstream upstream;
  RelayBody body;
  int answers = 0;
  std::optional<Status> answer;
  BodyPiece::Kind last = BodyPiece::Kind::kWait;
};

TEST_CASE("a relayed blob is given on as it comes, but for its end, which waits for the proof") {
  const std::string content = std::string(100 * 1024, 'a') + std::string(100 * 1024, 'b');
  Fixture f(content);
  f.Head();
  REQUIRE(f.answer);
  CHECK(*f.answer);
  int woken = 0;
  CHECK(f.Read().empty());
  CHECK(f.last == BodyPiece::Kind::kWait);
  f.body.WhenReady([&woken] { ++woken; });
  f.wire().observer->OnBody(content.substr(0, 100 * 1024));
  f.wire().observer->OnBody(content.substr(100 * 1024, 99 * 1024));
  f.executor.RunAll();
  CHECK(woken == 1);
  std::string read = f.Read();
  CHECK(f.last == BodyPiece::Kind::kWait);
  CHECK(read == content.substr(0, 100 * 1024));
  f.wire().observer->OnBody(content.substr(199 * 1024));
  read += f.Read();
  CHECK(f.last == BodyPiece::Kind::kEnd);
  CHECK(read == content);
  CHECK(f.answers == 1);
}

TEST_CASE("wrong bytes, too few and too many end it short, without the last 64 KiB") {
  const std::string content(200 * 1024, 'a');
  std::string wrong = content;
  wrong.front() = 'x';
  for (const std::string& sent : {wrong, content.substr(1), content + "a"}) {
    CAPTURE(sent.size());
    Fixture f(content);
    f.Head();
    for (size_t at = 0; at < sent.size() && f.wire().observer != nullptr; at += 1024) {
      f.wire().observer->OnBody(sent.substr(at, sent.size() == content.size() + 1 ? 1025 : 1024));
    }
    if (f.wire().observer != nullptr) f.wire().observer->OnDone({{}, ""});
    const std::string read = f.Read();
    CHECK(f.last == BodyPiece::Kind::kAbort);
    CHECK(read.size() <= content.size() - RelayBody::kHeld);
    CHECK(f.upstream.transfers.Live() == 0);
  }
}

// Bytes by which one can tell where they are from.
std::string Numbers(size_t size) {
  std::string numbers;
  for (int i = 0; numbers.size() < size; ++i) numbers += std::to_string(i * 7919) + " ";
  return numbers.substr(0, size);
}

// The upstream sends all of `content`, in pieces.
void SendAll(Fixture& f, const std::string& content) {
  f.Head();
  for (size_t at = 0; at < content.size() && f.wire().observer != nullptr; at += 5000) {
    f.wire().observer->OnBody(content.substr(at, 5000));
  }
}

TEST_CASE("of several ranges only those are passed on, as much at once as was asked for") {
  const std::string content = Numbers(400 * 1024);
  const std::vector<ByteRange> wanted = {{7, 8}, {4999, 15'001}, {15'001, 200'000}};
  Fixture f(content, {.wanted = wanted});
  SendAll(f, content);
  std::string expected;
  for (const ByteRange& range : wanted) expected += content.substr(range.begin, range.size());
  CHECK(f.Read(777) == expected);
  CHECK(f.last == BodyPiece::Kind::kEnd);
}

TEST_CASE("the client goes on only if it has what the upstream has") {
  const std::string content = Numbers(400 * 1024);
  std::string other = content;
  other[1000] = '!';
  RelayedPart part{.wanted = {{100'000, 200'000}}, .sent = {{0, 500}, {600, 90'000}}};
  const TempFolder folder;
  const auto write = [&](const std::string& bytes) {
    std::ofstream(folder.path() + "/blob", std::ios::binary) << bytes;
    return PosixDisk().OpenRead(folder.path() + "/blob").value();
  };
  bool goes_on = false;
  SUBCASE("the file has the same") {
    part.file = write(content);
    goes_on = true;
  }
  SUBCASE("the file has another byte") {
    part.file = write(other);
  }
  SUBCASE("the file has another byte, although it was proven once") {
    part.file = write(other);
    part.was_proven = true;
  }
  SUBCASE("the file does not have it any more") {
    part.file = write(content.substr(0, 50'000));
  }
  SUBCASE("the file does not have it any more, and it was proven") {
    part.file = write(content.substr(0, 50'000));
    part.was_proven = true;
    goes_on = true;
  }
  SUBCASE("there is no file") {}
  SUBCASE("there is no file, and it was proven") {
    part.was_proven = true;
    goes_on = true;
  }
  Fixture f(content, part);
  SendAll(f, content);
  CHECK(f.Read() == (goes_on ? content.substr(100'000, 100'000) : ""));
  CHECK(f.last == (goes_on ? BodyPiece::Kind::kEnd : BodyPiece::Kind::kAbort));
}

TEST_CASE("an empty blob is proven by its end") {
  Fixture f("");
  f.Head();
  f.wire().observer->OnDone({{}, ""});
  CHECK(f.Read().empty());
  CHECK(f.last == BodyPiece::Kind::kEnd);
}

TEST_CASE("an upstream that fails, or ends, before its head is told as such, once") {
  Fixture failing("x");
  failing.upstream.transfers.Break(Code::kUnavailable, "connect");
  REQUIRE(failing.answer);
  REQUIRE_FALSE(*failing.answer);
  CHECK(failing.answer->error().code == Code::kUnavailable);
  CHECK(failing.answers == 1);

  Fixture silent("x");
  silent.wire().observer->OnDone({{}, ""});
  REQUIRE(silent.answer);
  REQUIRE_FALSE(*silent.answer);
  CHECK(silent.answer->error().code == Code::kBadUpstream);
}

TEST_CASE("a client that does not read pauses the upstream at 1 MiB, and one that reads wakes it") {
  const std::string content(4 * kMiB, 'a');
  Fixture f(content);
  f.Head();
  size_t sent = 0;
  while (!f.wire().paused && sent < content.size()) {
    f.wire().observer->OnBody(content.substr(sent, 64 * 1024));
    sent += 64 * 1024;
  }
  CHECK(sent == kMiB + 64 * 1024);
  CHECK(f.Read().size() == kMiB);
  CHECK_FALSE(f.wire().paused);
}

}  // namespace
}  // namespace longshore
