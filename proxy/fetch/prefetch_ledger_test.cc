#include "proxy/fetch/prefetch_ledger.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/fake_clock.h"

namespace longshore {
namespace {

const Digest kOne = Digest::Of("one");
const Digest kTwo = Digest::Of("two");

TEST_CASE("what was prefetched and read in time is no waste, what nobody read is") {
  FakeClock clock;
  PrefetchLedger ledger;
  ledger.Begin(kOne, clock.Now());
  ledger.Begin(kTwo, clock.Now());
  ledger.End(kOne, 100);
  ledger.End(kTwo, 30);
  ledger.MarkRead(kOne);
  clock.Advance(PrefetchLedger::kPatience - Duration{1});
  ledger.Sweep(clock.Now());
  CHECK(ledger.wasted_bytes() == 0);
  clock.Advance(Duration{1});
  ledger.Sweep(clock.Now());
  CHECK(ledger.wasted_bytes() == 30);
  CHECK(ledger.fetched_bytes() == 130);
  ledger.Sweep(clock.Now());
  CHECK(ledger.wasted_bytes() == 30);
}

TEST_CASE("a blob that is read while it comes, or was here all along, is no waste either") {
  FakeClock clock;
  PrefetchLedger ledger;
  ledger.Begin(kOne, clock.Now());
  ledger.MarkRead(kOne);
  ledger.End(kOne, 100);
  ledger.Begin(kTwo, clock.Now());
  ledger.End(kTwo, 0);
  clock.Advance(PrefetchLedger::kPatience);
  ledger.Sweep(clock.Now());
  CHECK(ledger.wasted_bytes() == 0);
  CHECK(ledger.fetched_bytes() == 100);
}

}  // namespace
}  // namespace longshore
