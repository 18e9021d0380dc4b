#include "proxy/http/http_server.h"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/http_bed.h"

namespace longshore {
namespace {

// Without an end; counts what was taken of it.
class EndlessSource final : public BodySource {
 public:
  explicit EndlessSource(int& taken) : taken_(taken) {}
  BodyPiece Next(uint64_t) override {
    ++taken_;
    return Bytes(std::string(size_t{64} << 10, 'x'));
  }
  void WhenReady(Task) override {}

 private:
  int& taken_;
};

TEST_CASE("between two turns of large bodies the loop looks at its sockets") {
  HttpBed f;
  std::array<int, 8> taken{};
  std::vector<Socket> readers;
  for (int& count : taken) {
    f.Send(kGet);
    Response response;
    response.source_size = uint64_t{1} << 40;
    response.source = std::make_unique<EndlessSource>(count);
    f.handler.waiting.back()->Respond(std::move(response));
    readers.push_back(std::move(f.client));
    f.Connect();
  }
  f.Turn();
  const auto drain = [](Socket& reader) {
    std::array<char, 65536> buffer{};
    while (reader.Read(buffer.data(), buffer.size()).kind == Socket::Moved::Kind::kBytes) {
    }
  };
  const auto before = taken;
  auto seen = taken;
  for (size_t turn = 0; turn <= readers.size(); ++turn) {
    for (Socket& reader : readers) drain(reader);
    const size_t requests = f.handler.targets.size();
    REQUIRE(f.client.Write(kGet, false).bytes == kGet.size());
    event_base_loop(f.loop.base(), EVLOOP_ONCE | EVLOOP_NONBLOCK);
    CHECK(f.handler.targets.size() == requests + 1);
    f.handler.waiting.back()->Respond(Response());
    int moved = 0;
    for (size_t i = 0; i < taken.size(); ++i) moved += taken[i] != seen[i] ? 1 : 0;
    CHECK(moved <= 1);
    seen = taken;
  }
  for (size_t i = 0; i < taken.size(); ++i) CHECK(taken[i] > before[i]);
}

TEST_CASE("a large body in line goes with its client") {
  HttpBed f;
  int taken = 0;
  f.Send(kGet);
  Response response;
  response.source_size = uint64_t{1} << 40;
  response.source = std::make_unique<EndlessSource>(taken);
  f.handler.waiting.back()->Respond(std::move(response));
  std::array<char, 65536> buffer{};
  while (f.client.Read(buffer.data(), buffer.size()).kind == Socket::Moved::Kind::kBytes) {
  }
  event_base_loop(f.loop.base(), EVLOOP_ONCE | EVLOOP_NONBLOCK);  // it is in line
  f.client = Socket();
  f.Turn();
  CHECK(f.server.OpenConnections() == 0);
  REQUIRE(f.observer.done.size() == 1);
  CHECK(!f.observer.done[0].complete);
}

}  // namespace
}  // namespace longshore
