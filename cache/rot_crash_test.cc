// The crash tests of what deals with damage: a scrub that finds a rotten blob, and an index that is
// made anew, each cut off at every one of its steps, then begun again.
#include <doctest/doctest.h>

#include <functional>

#include "tests/support/cache_invariants.h"
#include "tests/support/machine.h"

namespace longshore {
namespace {

std::string Bytes(size_t size, uint32_t x) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  return bytes;
}

const std::string kRotten = Bytes(50'000, 1);
const std::string kGood = Bytes(30'000, 2);
const std::string kText(40'000, 't');
const std::string kHalf = Bytes(60'000, 3);

const ContentByDigest& Contents() {
  static const ContentByDigest contents{{Digest::Of(kRotten), kRotten},
                                        {Digest::Of(kGood), kGood},
                                        {Digest::Of(kText), kText},
                                        {Digest::Of(kHalf), kHalf}};
  return contents;
}

// A cache with a blob that has rotted, one that has not, one of frames, and an unfinished fill.
void Prepare(Machine& machine) {
  machine.compress = true;
  machine.scrub = std::chrono::hours(1);
  auto bed = machine.Start();
  for (const std::string& content : {kRotten, kGood, kText}) REQUIRE(bed->Fill(content));
  bed->Compress();
  REQUIRE(bed->Blob(Digest::Of(kText))->sealed->frames);
  auto opened = bed->Open(Digest::Of(kHalf), kHalf.size());
  REQUIRE(opened);
  auto& fill = *std::get<std::unique_ptr<BlobFill>>(*opened);
  REQUIRE(bed->Write(fill, 0, kHalf.substr(0, 20'000)));
  fill.Abandon({Code::kCancelled, "left"});
  bed->Settle();
  machine.FlipByte(BlobFiles::SealedPath(Digest::Of(kRotten)), 40'000);
}

void Scrub(CacheBed& bed) {
  // The first blob of a pass is read at once; 9 s of the rate are more than any of these.
  for (int step = 0; step < 500; ++step) {
    bed.clock().Advance(Duration(9'000));
    bed->Tick();
    bed.Settle();
  }
}

void CheckInvariants(CacheBed& bed, const Machine& machine) {
  for (const std::string& sentence : BrokenInvariants(bed, machine.path(), Contents())) {
    FAIL_CHECK(sentence);
  }
}

void CheckAllIsRight(CacheBed& bed) {
  for (const auto& [digest, content] : Contents()) {
    CHECK(bed.Fill(content, 10'000));
    CHECK(bed.Read(digest).value_or("") == content);
  }
}

// `work` runs with everything failing from each of its steps on; `check` sees what is left.
void ForEachStep(const std::function<void(Machine&)>& work, bool power_cut,
                 const std::function<void(Machine&)>& check) {
  uint64_t steps = 1;
  for (uint64_t step = 1; step <= steps; ++step) {
    CAPTURE(step);
    Machine machine(step);
    Prepare(machine);
    if (step == 1) {
      Machine whole(1);
      Prepare(whole);
      const uint64_t before = whole.plan.count();
      work(whole);
      steps = whole.plan.count() - before;
      REQUIRE(steps > 20);
    }
    machine.plan.DieAt(machine.plan.count() + step);
    work(machine);
    if (power_cut) machine.CutPower();
    machine.plan.Heal();
    check(machine);
  }
}

void AScrub(Machine& machine) {
  auto bed = machine.Start();
  if (!bed->IsOpen()) return;
  for (int step = 0; step < 30 && !machine.plan.dead(); ++step) {
    bed->clock().Advance(Duration(900'000));
    bed->Tick();
    bed->Settle();
  }
}

void CheckScrubbed(Machine& machine) {
  auto bed = machine.Start();
  REQUIRE(bed->IsOpen());
  Scrub(*bed);
  CHECK((*bed)->stats().scrub_last_pass_at > 0);
  CheckAllIsRight(*bed);
  bed = machine.Restart(std::move(bed));
  CheckInvariants(*bed, machine);
}

TEST_CASE("killed at any step of a scrub, the next one finds what there is to find") {
  ForEachStep(AScrub, false, CheckScrubbed);
}

TEST_CASE("after a power cut at any step of a scrub, the next one finds what there is to find") {
  ForEachStep(AScrub, true, CheckScrubbed);
}

void ARebuild(Machine& machine) {
  // Lost before the first start; what an interrupted one has made stays.
  machine.index.Lose();
  machine.Start();
}

void CheckRebuilt(Machine& machine) {
  auto bed = machine.Start();
  REQUIRE_MESSAGE(bed->IsOpen(), bed->open_error().message);
  bed->Settle();
  CheckInvariants(*bed, machine);
  CHECK(bed->Read(Digest::Of(kGood)).value_or("") == kGood);
  CHECK(bed->Read(Digest::Of(kText)).value_or("") == kText);
  CHECK_FALSE(bed->Blob(Digest::Of(kRotten))->sealed);
  CHECK(machine.disk.List(machine.path() + "/staging")->empty());
  CheckAllIsRight(*bed);
  CheckInvariants(*bed, machine);
}

TEST_CASE("killed at any step of a rebuild of the index, the next start goes on with it") {
  ForEachStep(ARebuild, false, CheckRebuilt);
}

TEST_CASE("after a power cut at any step of a rebuild, the next start goes on with it") {
  ForEachStep(ARebuild, true, CheckRebuilt);
}

}  // namespace
}  // namespace longshore
