#include "proxy/fetch/blob_fetch.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/fetch/blob_fetches.h"
#include "proxy/fetch/connection_ramp.h"
#include "tests/support/machine.h"
#include "tests/support/plain_upstream.h"

namespace longshore {
namespace {

const std::string kContent(200'000, 'a');
const Digest kDigest = Digest::Of(kContent);

// One reader of a blob that the cache does not have, and the upstream as the test plays it.
struct FetchBed {
  explicit FetchBed(int connections) {
    auto plain = std::make_unique<PlainUpstream>();
    transfers = &plain->transfers;
    upstreams.Add(std::move(plain));
    loads.Add("hub", connections, connections);
  }
  void Subscribe(const Digest& digest, uint64_t size) {
    fetches.emplace(FetchContext{
        bed->executor(), bed->impl(), upstreams, bed->clock(), loads, {}, metrics, admission});
    fetches->Subscribe("a client", {"hub", "library/app"}, {digest, size, false},
                       {{0, size}, true, {{0, size}}}, bed->executor(),
                       [this](Result<FetchedBlob> answer) { fetched = std::move(answer); });
    bed->Settle();
  }

  Machine machine;
  std::unique_ptr<CacheBed> bed = machine.Start();
  UpstreamSet upstreams;
  FakeTransfers* transfers = nullptr;
  UpstreamLoads loads;
  metrics::Registry metrics;
  Admission admission{FairAllowance(8), FairAllowance(64 << 20)};
  std::optional<BlobFetches> fetches;
  std::optional<Result<FetchedBlob>> fetched;
};

// Over one connection.
struct Fixture : FetchBed {
  Fixture() : FetchBed(1) {
    bed->impl().parts().sync_every = 1;
    Subscribe(kDigest, kContent.size());
  }
  void Send() {
    const auto call = transfers->calls.back();
    TransferHead head;
    head.status = 200;
    call->observer->OnHead(head);
    call->observer->OnBody(kContent);
    bed->executor().RunAll();
  }
  void Answer() {
    Send();
    bed->Settle();
  }
  // No job of the disk returns.
  void BeStuck(Duration duration) {
    for (; duration >= Duration{0}; duration -= Duration{1'000}) {
      fetches->DiskIsStuck();
      bed->executor().RunAll();
      bed->clock().Advance(Duration{1'000});
    }
  }
  PartialBlob::View LastByte() const { return (*fetched)->view.ReadableFrom(kContent.size() - 1); }
};

TEST_CASE("whichever call of the disk fails in a fill, its readers get all or learn why") {
  int failed = 0;
  for (uint64_t call = 1;; ++call) {
    CAPTURE(call);
    Fixture f;
    f.machine.plan.FailAt(f.machine.plan.count() + call);
    f.Answer();
    if (!f.machine.plan.Reached()) break;
    REQUIRE(f.fetched);
    REQUIRE(*f.fetched);
    const PartialBlob::View seen = f.LastByte();
    if (seen.state == PartialBlob::State::kProven) continue;
    ++failed;
    CHECK(seen.state == PartialBlob::State::kFailed);
    CHECK(seen.error.code == Code::kIo);
  }
  // The write, and the sync that takes the proof's ground away.
  CHECK(failed >= 2);
}

TEST_CASE(
    "readers of a fill whose write does not return learn so, and what it wrote is there for the "
    "next") {
  Fixture f;
  f.Send();
  REQUIRE(f.fetched);
  REQUIRE(*f.fetched);
  f.BeStuck(DiskPatience::kLasts - Duration{1'000});
  CHECK(f.LastByte().state == PartialBlob::State::kFilling);
  f.BeStuck(Duration{1'000});
  CHECK(f.LastByte().state == PartialBlob::State::kFailed);
  CHECK(f.LastByte().error.code == Code::kIo);
  CHECK_FALSE(f.fetches->IsUnderWay(kDigest));
  f.bed->Settle();
  const auto next = f.bed->Open(kDigest, kContent.size());
  REQUIRE(next);
  const auto& fill = *std::get<std::unique_ptr<BlobFill>>(*next);
  CHECK(fill.partial()->Present().Contains({0, kContent.size()}));
}

TEST_CASE("a fill that waits for its upstream is not the stuck disk's") {
  Fixture f;
  f.BeStuck(2 * DiskPatience::kLasts);
  CHECK(f.fetches->IsUnderWay(kDigest));
  f.Answer();
  CHECK(f.LastByte().state == PartialBlob::State::kProven);
}

// An upstream a long way off: a large blob is asked for over several connections at once.
struct FarFixture : FetchBed {
  static constexpr uint64_t kSize = 12 << 20;

  FarFixture() : FetchBed(6) {
    loads.Get("hub").OnFirstByte(2 * ConnectionRamp::kLongWay);
    Subscribe(Digest::Of(content), kSize);
  }

  using Call = std::shared_ptr<FakeTransfers::Call>;
  static ByteRange Asked(const Call& call) {
    const auto range = call->request.fields.Get("Range");
    if (!range) return {0, kSize};
    const size_t dash = range->find('-');
    return {std::stoull(std::string(range->substr(6, dash - 6))),
            std::stoull(std::string(range->substr(dash + 1))) + 1};
  }
  void Head(const Call& call) {
    const auto [begin, end] = Asked(call);
    TransferHead head;
    head.status = call->request.fields.Get("Range") ? 206 : 200;
    head.fields.Add("Content-Range", "bytes " + std::to_string(begin) + '-' +
                                         std::to_string(end - 1) + '/' + std::to_string(kSize));
    call->observer->OnHead(head);
  }
  void Finish(const Call& call) {
    const auto [begin, end] = Asked(call);
    call->observer->OnBody(std::string_view(content).substr(begin, end - begin));
    if (call->observer != nullptr) std::exchange(call->observer, nullptr)->OnDone({{}, ""});
    bed->Settle();
  }
  // All that are asked for but `flowing` end so. How many did.
  int EndAllBut(const Call& flowing, const Error& error, std::string_view reason) {
    int ended = 0;
    for (size_t at = 0; at < transfers->calls.size(); ++at) {
      const Call call = transfers->calls[at];
      if (call == flowing || call->observer == nullptr) continue;
      std::exchange(call->observer, nullptr)->OnDone({tl::unexpected(error), reason});
      ++ended;
    }
    bed->executor().RunAll();
    return ended;
  }
  // As they would be that are told to come back after so many seconds, if that is known.
  int RefuseAllBut(const Call& flowing, int retry_after = 60) {
    return EndAllBut(flowing, {Code::kUnavailable, "it is left alone for now", retry_after},
                     "held_off");
  }
  void Wait(Duration time) {
    bed->clock().Advance(time);
    bed->Settle();
  }
  PartialBlob::State State() const { return (*fetched)->view.ReadableFrom(kSize - 1).state; }

  // Not freed before the end: it would change how malloc goes on, which other tests look at.
  inline static const std::string content = std::string(kSize, 'a');
};

TEST_CASE("what flows goes on, however often more of it is refused for now") {
  FarFixture f;
  const auto flowing = f.transfers->calls.front();
  f.Head(flowing);
  CHECK(f.RefuseAllBut(flowing) == 5);
  for (int second = 0; second < 60; ++second) {
    f.Wait(Duration{1'000});
    f.RefuseAllBut(flowing);
  }
  REQUIRE(f.fetched);
  CHECK(f.State() == PartialBlob::State::kFilling);
  f.Finish(flowing);
  for (int turn = 0; turn < 100 && f.State() == PartialBlob::State::kFilling; ++turn) {
    f.Wait(Duration{1'000});
    for (size_t at = 0; at < f.transfers->calls.size(); ++at) {
      const auto call = f.transfers->calls[at];
      if (call->observer == nullptr) continue;
      f.Head(call);
      f.Finish(call);
    }
  }
  CHECK(f.State() == PartialBlob::State::kProven);
}

TEST_CASE("so it does where it is not known for how long that is, as a probe is under way") {
  FarFixture f;
  const auto flowing = f.transfers->calls.front();
  f.Head(flowing);
  for (int second = 0; second < 60; ++second) {
    f.RefuseAllBut(flowing, 0);
    f.Wait(Duration{1'000});
  }
  CHECK(f.State() == PartialBlob::State::kFilling);
  CHECK(flowing->observer != nullptr);
}

// A reader waits for the last byte, which nobody gives beside the first part.
struct HoleFixture : FarFixture {
  explicit HoleFixture(const Error& error) : broken(error) {
    Head(flowing);
    EndAllBut(flowing, broken, "broken");
    bed->Settle();
    REQUIRE(fetched);
    (void)(*fetched)->view.WaitFor({kSize - 1, kSize}, bed->executor(), [] {});
  }
  // For a minute, in which the first part brings so much each second.
  void TryOn(uint64_t bytes) {
    for (int second = 0; second < 60 && State() == PartialBlob::State::kFilling; ++second) {
      if (flowing->observer != nullptr) {
        flowing->observer->OnBody(std::string_view(content).substr(0, bytes));
      }
      Wait(Duration{1'000});
      tries += EndAllBut(flowing, broken, "broken");
    }
  }

  const Error broken;
  const Call flowing = transfers->calls.front();
  int tries = 0;
};

TEST_CASE("what delivers goes on, however often what a reader waits for cannot be had beside it") {
  for (const Code code : {Code::kUnavailable, Code::kBadUpstream, Code::kNotFound, Code::kDenied}) {
    HoleFixture f({code, "it is not to be had", 0});
    f.TryOn(1'000);
    CHECK(f.tries > 10);
    CHECK(f.tries < 30);
    CHECK(f.State() == PartialBlob::State::kFilling);
    CHECK(f.flowing->observer != nullptr);
  }
}

TEST_CASE("what only seems to deliver does not keep it alive") {
  HoleFixture f({Code::kUnavailable, "it broke", 0});
  f.TryOn(0);
  CHECK(f.State() == PartialBlob::State::kFailed);
}

TEST_CASE("one refusal is not the answer while others are still asked for it") {
  FarFixture f;
  const auto slow = f.transfers->calls.front();
  CHECK(f.RefuseAllBut(slow) == 5);
  const size_t asked = f.transfers->calls.size();
  f.Wait(Duration{5'000});
  CHECK(!f.fetched);
  CHECK(f.transfers->calls.size() == asked);
  f.Head(slow);
  f.Finish(slow);
  REQUIRE(f.fetched);
  CHECK(*f.fetched);
  CHECK(f.transfers->calls.size() > asked);
}

TEST_CASE("when the last of them is refused, too, that is the answer") {
  FarFixture f;
  CHECK(f.RefuseAllBut(nullptr) == 6);
  f.Wait(Duration{0});
  REQUIRE(f.fetched);
  REQUIRE(!*f.fetched);
  CHECK(f.fetched->error().retry_after == 60);
  CHECK(f.transfers->calls.size() == 6);
}

TEST_CASE("where nothing flows any more it is asked again a little later, and then given up") {
  FarFixture f;
  const auto flowing = f.transfers->calls.front();
  f.Head(flowing);
  f.Finish(flowing);
  int seconds = 0;
  for (; seconds < 60 && f.State() == PartialBlob::State::kFilling; ++seconds) {
    f.RefuseAllBut(nullptr);
    f.Wait(Duration{1'000});
  }
  CHECK(f.State() == PartialBlob::State::kFailed);
  CHECK(seconds >= 4);
  CHECK(seconds <= 15);
}

}  // namespace
}  // namespace longshore
