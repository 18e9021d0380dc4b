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
  void Answer() {
    const auto call = upstream->transfers.calls.back();
    TransferHead head;
    head.status = 200;
    call->observer->OnHead(head);
    call->observer->OnBody(kContent);
    bed->Settle();
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

}  // namespace
}  // namespace longshore
