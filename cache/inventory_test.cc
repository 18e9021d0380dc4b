// What an operator asks of the store and does to it.
#include "cache/store/inventory.h"

#include <doctest/doctest.h>

#include "cache/index/rocks_index.h"
#include "cache/upkeep/survey_taker.h"
#include "tests/support/images.h"
#include "tests/support/machine.h"

namespace longshore {
namespace {

constexpr uint64_t kSmallest = Budget::kMinCapacity;
using State = ContentState::State;

void FillTwiceOver(CacheBed& bed) {
  for (unsigned n = 100; n < 130; ++n) REQUIRE(bed.Fill(Content(n, 5 * kMiB), kMiB));
}

TEST_CASE("an image that was never asked for is not known") {
  Machine machine;
  auto bed = machine.Start();
  const auto found = InventoryOf(*bed).Find(Tagged(*bed, "1"));
  REQUIRE(found);
  CHECK_FALSE(found->tag);
  CHECK_FALSE(found->manifest);
  CHECK_FALSE(found->pinned);
}

TEST_CASE("each content of an image is present, partial or absent, with its bytes") {
  Machine machine;
  auto bed = machine.Start();
  const Image image = AnImage("a", {Content(1, 100'000), Content(2, 200'000), Content(3, 300'000)});
  REQUIRE(bed->Store("1", image.manifest, image.Named()));
  REQUIRE(bed->Fill(image.layers[0]));
  {
    auto opened = bed->Open(Digest::Of(image.layers[1]), image.layers[1].size());
    auto& fill = *std::get<std::unique_ptr<BlobFill>>(*opened);
    REQUIRE(bed->Write(fill, 0, image.layers[1].substr(0, 50'000)));
  }
  bed->Settle();
  const auto found = InventoryOf(*bed).Find(Tagged(*bed, "1"));
  REQUIRE(found);
  CHECK(found->tag->digest == image.manifest->digest);
  CHECK(found->linked);
  REQUIRE(found->named.size() == 3);
  CHECK(found->named[0].state == State::kPresent);
  CHECK(found->named[0].present == 100'000);
  CHECK(found->named[1].state == State::kPartial);
  CHECK(found->named[1].present == 50'000);
  CHECK(found->named[1].size == 200'000);
  CHECK(found->named[2].state == State::kAbsent);
  CHECK(found->named[2].present == 0);
  CHECK(found->named[2].linked);
  const auto elsewhere =
      InventoryOf(*bed).Find({{"docker.io", "library/other"}, image.manifest->digest});
  CHECK(elsewhere->manifest);
  CHECK_FALSE(elsewhere->linked);
  CHECK_FALSE(elsewhere->named[0].linked);
}

TEST_CASE("tags are listed a page at a time, with what of them is here") {
  Machine machine;
  auto bed = machine.Start();
  for (const char* tag : {"1", "2", "3"}) {
    Store(*bed, tag, AnImage(tag, {Content(1, 100'000)}));
  }
  std::vector<std::string> tags;
  std::string from;
  do {
    const auto page = InventoryOf(*bed).ListTags({"*"}, from, 2);
    REQUIRE(page);
    CHECK(page->rows.size() <= 2);
    for (const TagRow& row : page->rows) {
      CHECK(row.repository == bed->repository);
      CHECK(row.stored);
      CHECK(row.bytes == 100'000);
      CHECK(row.present == 100'000);
      tags.push_back(row.tag);
    }
    from = page->next;
  } while (!from.empty());
  CHECK(tags == std::vector<std::string>{"1", "2", "3"});
  CHECK(InventoryOf(*bed).ListTags({"*debian:2"}, "", 10)->rows.size() == 1);
  CHECK(InventoryOf(*bed).ListTags({"*alpine*"}, "", 10)->rows.empty());
}

TEST_CASE("the pinned ones among many are found whatever the size of a page") {
  Machine machine;
  auto bed = machine.Start();
  for (const char* tag : {"1", "2", "3"}) {
    Store(*bed, tag, AnImage(tag, {Content(1, 100'000)}));
  }
  REQUIRE(InventoryOf(*bed).Pin(Tagged(*bed, "3")));
  const auto page = InventoryOf(*bed).ListTags({"*", true}, "", 1);
  REQUIRE(page->rows.size() == 1);
  CHECK(page->rows[0].tag == "3");
  CHECK(page->rows[0].pinned);
  CHECK(page->next.empty());
}

TEST_CASE("a pinned image is never a victim; when the pin is lifted, it is one again") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  const Image image = AnImage("a", {Content(1, 5 * kMiB), Content(2, 5 * kMiB)});
  Store(*bed, "1", image);
  REQUIRE(InventoryOf(*bed).Pin(Tagged(*bed, "1")));
  CHECK(InventoryOf(*bed).IsPinned(image.manifest->digest));
  for (int run = 0; run < 2; ++run) {
    FillTwiceOver(*bed);
    CHECK(IsStored(*bed, image.layers[0]));
    CHECK(IsStored(*bed, image.layers[1]));
    CHECK(bed->Tag("1")->manifest);
    // A pin outlives the process.
    bed.reset();
    bed = machine.Start(kSmallest);
  }
  REQUIRE(InventoryOf(*bed).Unpin(Tagged(*bed, "1")));
  CHECK_FALSE(InventoryOf(*bed).IsPinned(image.manifest->digest));
  // Its uses until now keep it for a few rounds.
  for (int round = 0; round < 5; ++round) FillTwiceOver(*bed);
  CHECK_FALSE(IsStored(*bed, image.layers[0]));
  CHECK_FALSE(IsStored(*bed, image.layers[1]));
}

TEST_CASE("what was pinned while it had been taken out of the policy can be evicted later") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  const Image image = AnImage("a", {Content(1, 20 * kMiB)});
  Store(*bed, "1", image);
  REQUIRE(InventoryOf(*bed).Pin(Tagged(*bed, "1")));
  Reclaimer& reclaimer = bed->impl().parts().reclaimer;
  CHECK_FALSE(reclaimer.MakeRoom(45 * kMiB));
  REQUIRE(InventoryOf(*bed).Unpin(Tagged(*bed, "1")));
  CHECK(reclaimer.MakeRoom(45 * kMiB));
  CHECK_FALSE(IsStored(*bed, image.layers[0]));
}

TEST_CASE("an image may be pinned before it is pulled") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  REQUIRE(InventoryOf(*bed).Pin(Tagged(*bed, "1")));
  const Image image = AnImage("a", {Content(1, 5 * kMiB)});
  Store(*bed, "1", image);
  FillTwiceOver(*bed);
  CHECK(IsStored(*bed, image.layers[0]));
}

TEST_CASE("a pin follows its tag, and an index to its platforms") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  const Image first = AnImage("first", {Content(1, 5 * kMiB)});
  Store(*bed, "1", first);
  REQUIRE(InventoryOf(*bed).Pin(Tagged(*bed, "1")));
  const Image platform = AnImage("platform", {Content(2, 5 * kMiB)});
  const Image index = AnImage("index", {platform.manifest->bytes});
  REQUIRE(bed->Store("1", index.manifest, index.Named()));
  CHECK(InventoryOf(*bed).IsPinned(platform.manifest->digest));
  REQUIRE(bed->Store(std::nullopt, platform.manifest, platform.Named()));
  CHECK(InventoryOf(*bed).IsPinned(Digest::Of(platform.layers[0])));
  CHECK_FALSE(InventoryOf(*bed).IsPinned(first.manifest->digest));
  CHECK_FALSE(InventoryOf(*bed).IsPinned(Digest::Of(first.layers[0])));
}

TEST_CASE("pins are listed, set once, and bounded by the capacity") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  Inventory& inventory = InventoryOf(*bed);
  const Digest digest = Digest::Of("x");
  REQUIRE(inventory.Pin(Tagged(*bed, "1")));
  REQUIRE(inventory.Pin(Tagged(*bed, "1")));
  REQUIRE(inventory.Pin({bed->repository, digest}));
  const auto pins = inventory.ListPins();
  REQUIRE(pins->size() == 2);
  CHECK(std::get<std::string>((*pins)[0].image.reference) == "1");
  CHECK(std::get<Digest>((*pins)[1].image.reference) == digest);
  CHECK((*pins)[0].pinned_at == bed->clock().WallMillis());
  REQUIRE(bed->Store("large", AnImage("large", {}).manifest, {{Digest::Of("l"), 50 * kMiB}}));
  CHECK(inventory.Pin(Tagged(*bed, "large")).error().code == Code::kNoSpace);
  CHECK(inventory.Unpin(Tagged(*bed, "large")).error().code == Code::kNotFound);
}

TEST_CASE("a stored blob is proven anew, compressed or not") {
  Machine machine;
  machine.compress = true;
  auto bed = machine.Start();
  std::string content = Content(1, 3 * kMiB);
  REQUIRE(bed->Fill(content, kMiB));
  for (int run = 0; run < 2; ++run) {
    bed->clock().Advance(Duration(1'000));
    const auto verified = InventoryOf(*bed).Verify(Digest::Of(content));
    REQUIRE(verified);
    CHECK(verified->found);
    CHECK(verified->intact);
    CHECK(verified->bytes == content.size());
    CHECK(bed->impl().parts().catalog.FindBlob(Digest::Of(content)).value()->verified_at ==
          bed->clock().WallMillis());
    bed->Compress();
  }
  CHECK(bed->Blob(Digest::Of(content))->sealed->frames);
  CHECK_FALSE(InventoryOf(*bed).Verify(Digest::Of("absent"))->found);
}

TEST_CASE("a blob that rotted is found, and served no more") {
  Machine machine;
  auto bed = machine.Start();
  const std::string content = Content(1, 3 * kMiB);
  REQUIRE(bed->Fill(content, kMiB));
  const std::string path = machine.path() + "/" + BlobFiles::SealedPath(Digest::Of(content));
  REQUIRE(machine.disk.WriteAt(*machine.disk.OpenReadWrite(path).value(), 2 * kMiB, "rot"));
  const auto verified = InventoryOf(*bed).Verify(Digest::Of(content));
  REQUIRE(verified);
  CHECK(verified->found);
  CHECK_FALSE(verified->intact);
  CHECK_FALSE(IsStored(*bed, content));
  REQUIRE(bed->Fill(content, kMiB));
  CHECK(InventoryOf(*bed).Verify(Digest::Of(content))->intact);
}

TEST_CASE("a survey tells what is largest and what is coldest, and where it belongs") {
  Machine machine;
  auto bed = machine.Start();
  for (unsigned n = 1; n <= 15; ++n) {
    bed->clock().Advance(Duration(1'000));
    Store(*bed, std::to_string(n), AnImage(std::to_string(n), {Content(n, n * 10'000)}));
    (void)bed->Blob(Digest::Of(Content(n, n * 10'000)));
  }
  bed.reset();
  bed = machine.Start();
  const auto survey = InventoryOf(*bed).TakeSurvey();
  REQUIRE(survey);
  CHECK(survey->blobs == 15);
  CHECK(survey->complete);
  REQUIRE(survey->largest.size() == SurveyTaker::kListed);
  CHECK(survey->largest.front().digest == Digest::Of(Content(15, 150'000)));
  CHECK(survey->largest.back().digest == Digest::Of(Content(6, 60'000)));
  CHECK(survey->coldest.front().digest == Digest::Of(Content(1, 10'000)));
  CHECK(survey->coldest.front().last_use > 0);
  CHECK(survey->largest.front().repository == bed->repository);
}

TEST_CASE("with RocksDB below, pins are there after a restart, too") {
  TempFolder folder;
  PosixDisk disk;
  {
    CacheBed bed(folder.path(), disk, OpenRocksIndex);
    Store(bed, "1", AnImage("a", {Content(1, 100'000)}));
    REQUIRE(InventoryOf(bed).Pin(Tagged(bed, "1")));
  }
  CacheBed bed(folder.path(), disk, OpenRocksIndex);
  CHECK(InventoryOf(bed).IsPinned(Digest::Of(Content(1, 100'000))));
  CHECK(InventoryOf(bed).ListPins()->size() == 1);
  CHECK(InventoryOf(bed).ListTags({"*"}, "", 10)->rows.at(0).pinned);
}

}  // namespace
}  // namespace longshore
