#include "proxy/fetch/blob_fetch.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

#include "proxy/fetch/blob_fetches.h"
#include "tests/support/machine.h"
#include "tests/support/plain_upstream.h"

namespace longshore {
namespace {

const std::string kContent(200'000, 'a');
const Digest kDigest = Digest::Of(kContent);

// One reader of a blob that the cache does not have, and the upstream as the test plays it.
struct Fixture {
  Fixture() {
    bed->impl().parts().sync_every = 1;
    auto plain = std::make_unique<PlainUpstream>();
    upstream = plain.get();
    upstreams.Add(std::move(plain));
    loads.Add("hub", 1, 1);
    fetches.emplace(FetchContext{
        bed->executor(), bed->impl(), upstreams, bed->clock(), loads, {}, metrics, admission});
    fetches->Subscribe("a client", {"hub", "library/app"}, {kDigest, kContent.size(), false},
                       {{0, kContent.size()}, true, {{0, kContent.size()}}}, bed->executor(),
                       [this](Result<FetchedBlob> answer) { fetched = std::move(answer); });
    bed->Settle();
  }
  void Send() {
    const auto call = upstream->transfers.calls.back();
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

  Machine machine;
  std::unique_ptr<CacheBed> bed = machine.Start();
  UpstreamSet upstreams;
  PlainUpstream* upstream = nullptr;
  UpstreamLoads loads;
  metrics::Registry metrics;
  Admission admission{FairAllowance(8), FairAllowance(64 << 20)};
  std::optional<BlobFetches> fetches;
  std::optional<Result<FetchedBlob>> fetched;
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

}  // namespace
}  // namespace longshore
