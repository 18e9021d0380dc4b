#include "cache/fill/blob_fill.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "cache/index/charge.h"
#include "tests/support/cache_bed.h"
#include "tests/support/cache_invariants.h"
#include "tests/support/machine.h"

namespace longshore {
namespace {

namespace fs = std::filesystem;

std::string RandomBytes(size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

std::unique_ptr<BlobFill> OpenFill(CacheBed& bed, const Digest& digest, uint64_t size) {
  auto opened = bed.Open(digest, size);
  REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
  REQUIRE(std::holds_alternative<std::unique_ptr<BlobFill>>(*opened));
  return std::move(std::get<std::unique_ptr<BlobFill>>(*opened));
}

size_t FilesIn(const std::string& folder) {
  return static_cast<size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST_CASE("a fill shows its bytes as they come and its end when it is sealed") {
  Machine machine;
  auto bed = machine.Start();
  const std::string content = RandomBytes(300'000);
  const Digest digest = Digest::Of(content);
  auto fill = OpenFill(*bed, digest, content.size());
  const auto partial = fill->partial();
  REQUIRE(bed->Write(*fill, 0, content.substr(0, 100'000)));
  CHECK(partial->ReadableFrom(0).readable_end == 100'000);
  REQUIRE(bed->Write(*fill, 100'000, content.substr(100'000)));
  CHECK(partial->ReadableFrom(0).readable_end == content.size() - PartialBlob::kHoldBack);
  CHECK_FALSE((*bed)->PeekBlob(bed->repository, digest));
  REQUIRE(bed->Seal(*fill));
  CHECK(partial->ReadableFrom(0).state == PartialBlob::State::kProven);
  CHECK(partial->ReadableFrom(0).readable_end == content.size());
  CHECK(bed->Read(digest).value() == content);
  CHECK(FilesIn(machine.path() + "/staging") == 0);
}

TEST_CASE("a sha512 blob and an empty blob are blobs like any other") {
  Machine machine;
  auto bed = machine.Start();
  const std::string content = RandomBytes(100'000);
  const Digest digest = Digest::Of(content, DigestAlgorithm::kSha512);
  auto fill = OpenFill(*bed, digest, content.size());
  REQUIRE(bed->Write(*fill, 0, content));
  REQUIRE(bed->Seal(*fill));
  CHECK(bed->Read(digest).value() == content);
  CHECK(fs::exists(machine.path() + "/blobs/sha512/" + digest.Hex().substr(0, 2) + "/" +
                   digest.Hex()));
  REQUIRE(bed->Fill(""));
  CHECK(bed->Read(Digest::Of("")).value().empty());
}

TEST_CASE("bytes that are not what was asked for are never sealed, never whole, and counted") {
  Machine machine;
  auto bed = machine.Start();
  const std::string right = RandomBytes(200'000, 1);
  const std::string wrong = RandomBytes(200'000, 2);
  auto fill = OpenFill(*bed, Digest::Of(right), right.size());
  const auto partial = fill->partial();
  REQUIRE(bed->Write(*fill, 0, wrong));
  bool woken = false;
  partial->WaitFor({199'999, 200'000}, bed->executor(), [&] { woken = true; });
  const Status sealed = bed->Seal(*fill);
  REQUIRE_FALSE(sealed);
  CHECK(sealed.error().code == Code::kCorrupt);
  CHECK(woken);
  CHECK(partial->ReadableFrom(0).state == PartialBlob::State::kFailed);
  CHECK(partial->ReadableFrom(0).error.code == Code::kCorrupt);
  CHECK(partial->ReadableFrom(0).readable_end == wrong.size() - PartialBlob::kHoldBack);
  fill.reset();
  bed->Settle();
  CHECK_FALSE(bed->Blob(Digest::Of(right))->sealed);
  CHECK((*bed)->stats().digest_mismatches == 1);
  CHECK(FilesIn(machine.path() + "/quarantine") == 1);
  CHECK(FilesIn(machine.path() + "/staging") == 0);
  // The next one starts from nothing.
  auto again = OpenFill(*bed, Digest::Of(right), right.size());
  CHECK(again->partial()->Present().Empty());
  REQUIRE(bed->Write(*again, 0, right));
  REQUIRE(bed->Seal(*again));
  CHECK(bed->Read(Digest::Of(right)).value() == right);
}

TEST_CASE("an abandoned fill is taken up where it was left, also after a restart") {
  Machine machine;
  auto bed = machine.Start();
  const std::string content = RandomBytes(500'000);
  const Digest digest = Digest::Of(content);
  auto fill = OpenFill(*bed, digest, content.size());
  REQUIRE(bed->Write(*fill, 0, content.substr(0, 100'000)));
  REQUIRE(bed->Write(*fill, 300'000, content.substr(300'000, 50'000)));
  const auto first = fill->partial();
  fill->Abandon({Code::kTimeout, "too slow"});
  bed->Settle();
  CHECK(first->ReadableFrom(0).error.code == Code::kTimeout);
  CHECK(first->ReadableFrom(0).readable_end == 100'000);
  bed = machine.Restart(std::move(bed));
  fill = OpenFill(*bed, digest, content.size());
  CHECK(fill->partial()->Present().ToString() == "[0,100000) [300000,350000)");
  CHECK(fill->partial()->ReadableFrom(0).readable_end == 100'000);
  REQUIRE(bed->Write(*fill, 100'000, content.substr(100'000, 200'000)));
  REQUIRE(bed->Write(*fill, 350'000, content.substr(350'000)));
  REQUIRE(bed->Seal(*fill));
  CHECK(bed->Read(digest).value() == content);
}

TEST_CASE("a killed fill loses at most what came since its last record") {
  Machine machine;
  auto bed = machine.Start();
  const std::string content = RandomBytes(5 << 20);
  auto fill = OpenFill(*bed, Digest::Of(content), content.size());
  for (uint64_t at = 0; at < 5 << 20; at += 256 << 10) {
    REQUIRE(bed->Write(*fill, at, content.substr(at, 256 << 10)));
  }
  machine.plan.DieNow();
  fill.reset();
  bed = machine.Restart(std::move(bed));
  fill = OpenFill(*bed, Digest::Of(content), content.size());
  CHECK(fill->partial()->Present().ToString() == "[0,4194304)");
}

TEST_CASE("after a power cut only what was synced is trusted") {
  Machine machine;
  auto bed = machine.Start();
  bed->impl().parts().sync_every = 1 << 20;
  const std::string content = RandomBytes(5 << 20);
  auto fill = OpenFill(*bed, Digest::Of(content), content.size());
  for (uint64_t at = 0; at < (9 << 19); at += 512 << 10) {
    REQUIRE(bed->Write(*fill, at, content.substr(at, 512 << 10)));
  }
  // Any other synced batch makes the record of this one durable, too.
  REQUIRE(bed->Fill("something else"));
  machine.plan.DieNow();
  fill.reset();
  machine.disk.CutPower();
  machine.index.CutPower();
  bed = machine.Restart(std::move(bed));
  fill = OpenFill(*bed, Digest::Of(content), content.size());
  CHECK(fill->partial()->Present().ToString() == "[0,4194304)");
  REQUIRE(bed->Write(*fill, 4 << 20, content.substr(4 << 20)));
  CHECK(bed->Seal(*fill));
}

TEST_CASE("bytes that are present are never written over") {
  Machine machine;
  auto bed = machine.Start();
  const std::string content = RandomBytes(100'000);
  auto fill = OpenFill(*bed, Digest::Of(content), content.size());
  REQUIRE(bed->Write(*fill, 20'000, content.substr(20'000, 30'000)));
  std::string damaged = content;
  std::fill(damaged.begin() + 20'000, damaged.begin() + 50'000, '!');
  REQUIRE(bed->Write(*fill, 0, damaged));
  REQUIRE(bed->Seal(*fill));
  CHECK(bed->Read(Digest::Of(content)).value() == content);
}

TEST_CASE("bytes beyond the end are refused") {
  Machine machine;
  auto bed = machine.Start();
  auto fill = OpenFill(*bed, Digest::Of("x"), 1000);
  CHECK(bed->Write(*fill, 900, std::string(101, 'x')).error().code == Code::kInvalid);
  CHECK(bed->Write(*fill, 1001, "").error().code == Code::kInvalid);
  CHECK(bed->Write(*fill, UINT64_MAX, "xx").error().code == Code::kInvalid);
}

TEST_CASE("queued bytes are those accepted and not yet done") {
  Machine machine;
  auto bed = machine.Start();
  auto fill = OpenFill(*bed, Digest::Of("x"), 1000);
  int done = 0;
  fill->Write(0, std::string(100, 'a'), [&](const Status&) { ++done; });
  fill->Write(100, std::string(200, 'a'), [&](const Status&) { ++done; });
  CHECK(fill->QueuedBytes() == 300);
  CHECK(done == 0);
  bed->Settle();
  CHECK(fill->QueuedBytes() == 0);
  CHECK(done == 2);
}

TEST_CASE("a fill that is dropped is an abandoned one; callbacks on their way still come") {
  Machine machine;
  auto bed = machine.Start();
  auto fill = OpenFill(*bed, Digest::Of("x"), 1000);
  const auto partial = fill->partial();
  int done = 0;
  fill->Write(0, std::string(100, 'a'), [&](const Status&) { ++done; });
  fill.reset();
  bed->Settle();
  CHECK(done == 1);
  CHECK(partial->ReadableFrom(0).error.code == Code::kCancelled);
}

TEST_CASE("a fill left with nothing in it leaves nothing") {
  Machine machine;
  auto bed = machine.Start();
  const uint64_t before = bed->impl().parts().budget.ObjectBytes();
  OpenFill(*bed, Digest::Of("x"), 1 << 20).reset();
  bed->Settle();
  CHECK(FilesIn(machine.path() + "/staging") == 0);
  CHECK(bed->impl().parts().budget.ObjectBytes() == before);
}

TEST_CASE("a fill counts its whole size while it runs and what is present when it rests") {
  Machine machine;
  auto bed = machine.Start();
  Budget& budget = bed->impl().parts().budget;
  const std::string content = RandomBytes(10 << 20);
  auto fill = OpenFill(*bed, Digest::Of(content), content.size());
  CHECK(budget.ObjectBytes() == Charge(content.size()));
  REQUIRE(bed->Write(*fill, 0, content.substr(0, 1 << 20)));
  fill.reset();
  bed->Settle();
  CHECK(budget.ObjectBytes() == Charge(1 << 20));
  fill = OpenFill(*bed, Digest::Of(content), content.size());
  CHECK(budget.ObjectBytes() == Charge(content.size()));
}

TEST_CASE("a blob that was sealed meanwhile is what OpenFill answers") {
  Machine machine;
  auto bed = machine.Start();
  REQUIRE(bed->Fill("content"));
  const auto opened = bed->Open(Digest::Of("content"), 7);
  REQUIRE(opened);
  CHECK(std::get<std::shared_ptr<const SealedBlob>>(*opened)->size == 7);
}

TEST_CASE("another size than last time starts anew: one of the two was wrong") {
  Machine machine;
  auto bed = machine.Start();
  const std::string content = RandomBytes(100'000);
  auto fill = OpenFill(*bed, Digest::Of(content), 90'000);
  REQUIRE(bed->Write(*fill, 0, content.substr(0, 50'000)));
  fill.reset();
  fill = OpenFill(*bed, Digest::Of(content), content.size());
  CHECK(fill->partial()->Present().Empty());
  REQUIRE(bed->Write(*fill, 0, content));
  CHECK(bed->Seal(*fill));
}

TEST_CASE("what cannot fit is refused before a byte is written") {
  Machine machine;
  auto bed = machine.Start();
  const auto opened = bed->Open(Digest::Of("x"), uint64_t{1} << 40);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Code::kNoSpace);
  CHECK(FilesIn(machine.path() + "/staging") == 0);
}

TEST_CASE("pieces of any size in any order, left and taken up at random, make the right blob") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Machine machine(seed);
    auto bed = machine.Start();
    bed->impl().parts().record_every = 20'000;
    bed->impl().parts().sync_every = 60'000;
    const std::string content = RandomBytes(1 + random() % 400'000, seed);
    const Digest digest = Digest::Of(content);
    auto fill = OpenFill(*bed, digest, content.size());
    while (const auto gap = fill->partial()->Present().FirstGap({0, content.size()})) {
      const uint64_t at = random() % 2 == 0 ? gap->begin : random() % content.size();
      const uint64_t size = std::min<uint64_t>(1 + random() % 50'000, content.size() - at);
      REQUIRE(bed->Write(*fill, at, content.substr(at, size)));
      if (random() % 10 != 0) continue;
      fill.reset();
      if (random() % 2 == 0) bed = machine.Restart(std::move(bed));
      fill = OpenFill(*bed, digest, content.size());
    }
    REQUIRE(bed->Seal(*fill));
    REQUIRE(bed->Read(digest).value() == content);
    fill.reset();
    CHECK(BrokenInvariants(*bed, machine.path(), {{digest, content}}).empty());
  }
}

}  // namespace
}  // namespace longshore
