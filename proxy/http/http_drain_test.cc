#include "proxy/http/http_server.h"

#include <doctest/doctest.h>

#include <utility>

#include "tests/support/http_bed.h"

namespace longshore {
namespace {

TEST_CASE("draining ends idle connections at once and busy ones after their answer") {
  HttpBed f;
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
  HttpBed f;
  f.handler.auto_body = "hello";
  REQUIRE(f.client.Write(kGet, false).bytes == kGet.size());
  f.server.Drain();
  CHECK(BodyOf(f.Receive()) == "hello");
  CHECK(f.closed);
}

TEST_CASE("draining waits a moment for the first request of a new connection") {
  HttpBed f;
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
