#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>

#include "proxy/http/http_server.h"
#include "tests/support/http_bed.h"

namespace longshore {
namespace {

constexpr size_t kLarge = 8 * 1024 * 1024;  // more than the socket between holds
constexpr size_t kSip = 256 * 1024;         // as much as it takes for the kernel to say so

// What comes of a response without asking for more than `most`.
size_t Sip(HttpBed& bed, size_t most) {
  static std::array<char, kSip> buffer;
  size_t got = 0;
  while (got < most) {
    const auto moved = bed.client.Read(buffer.data(), most - got);
    bed.closed = moved.kind == Socket::Moved::Kind::kClosed;
    if (moved.kind != Socket::Moved::Kind::kBytes) break;
    got += moved.bytes;
    bed.Turn();
  }
  return got;
}

void Wait(HttpBed& bed, Duration time) {
  bed.clock.Advance(time);
  bed.server.EndLate();
  bed.Turn();
}

TEST_CASE("a download that moves, however slowly, is never cut") {
  HttpBed bed;
  bed.handler.auto_body = std::string(kLarge, 'x');
  bed.Send(kGet);
  size_t got = 0;
  while (got < kLarge) {
    const size_t sip = Sip(bed, kSip);
    REQUIRE(sip > 0);
    got += sip;
    Wait(bed, bed.limits.no_progress);
  }
  CHECK(bed.observer.done.at(0).complete);
}

TEST_CASE("a download that does not move is cut") {
  HttpBed bed;
  bed.handler.auto_body = std::string(kLarge, 'x');
  bed.Send(kGet);
  CHECK(Sip(bed, kSip) == kSip);
  Wait(bed, bed.limits.no_progress);
  CHECK(bed.observer.done.empty());
  Wait(bed, bed.limits.no_progress);
  Wait(bed, Duration(1));
  REQUIRE(bed.observer.done.size() == 1);
  CHECK(!bed.observer.done.at(0).complete);
  Sip(bed, kLarge);
  CHECK(bed.closed);
}

TEST_CASE("a client that waits for what the upstream has not sent yet is not late") {
  HttpBed bed;
  bed.Send(kGet);
  bed.AnswerFromPieces(3);
  for (int i = 0; i < 10; ++i) Wait(bed, bed.limits.no_progress);
  bed.pieces.push_back(Bytes("abc"));
  std::exchange(bed.ready, Task())();
  CHECK(BodyOf(bed.Receive()) == "abc");
  CHECK(bed.observer.done.at(0).complete);
}

TEST_CASE("a head that comes a byte at a time has as long as one that does not come") {
  HttpBed bed;
  for (const char byte : std::string("GET /a HTT")) {
    bed.Send(std::string(1, byte));
    Wait(bed, bed.limits.head / 10);
  }
  CHECK(bed.Receive().empty());
  Wait(bed, Duration(1));
  CHECK(bed.Receive().starts_with("HTTP/1.1 408 "));
  CHECK(bed.closed);
  CHECK(bed.handler.targets.empty());
}

TEST_CASE("a connection on which nothing is asked is closed, one that asks now and then is kept") {
  HttpBed bed;
  bed.handler.auto_body = "hello";
  for (int i = 0; i < 10; ++i) {
    bed.Send(kGet);
    CHECK(BodyOf(bed.Receive()) == "hello");
    Wait(bed, bed.limits.idle);
    CHECK(!bed.closed);
  }
  Wait(bed, Duration(1));
  CHECK(bed.Receive().empty());
  CHECK(bed.closed);
}

}  // namespace
}  // namespace longshore
