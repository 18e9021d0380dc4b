#include "cache/upkeep/purger.h"

#include <doctest/doctest.h>

#include "tests/support/images.h"
#include "tests/support/machine.h"

namespace longshore {
namespace {

PurgeReport Purge(CacheBed& bed, std::vector<ImageName> images, bool force = false) {
  auto report = InventoryOf(bed).Purge(images, {force});
  bed.Settle();
  REQUIRE_MESSAGE(report, report.error().message);
  return *report;
}

TEST_CASE("a purged image is gone, from disk and from memory") {
  Machine machine;
  auto bed = machine.Start();
  const Image image = AnImage("a", {Content(1, 100'000), Content(2, 100'000)});
  Store(*bed, "1", image);
  const PurgeReport report = Purge(*bed, {Tagged(*bed, "1")});
  CHECK(report.tags == 1);
  CHECK(report.manifests == 1);
  CHECK(report.blobs == 2);
  CHECK(report.bytes >= 200'000);
  CHECK_FALSE((*bed)->PeekTag(bed->repository, "1"));
  CHECK_FALSE(bed->Tag("1")->tag);
  CHECK_FALSE(bed->ManifestOf(image.manifest->digest)->manifest);
  CHECK_FALSE(IsStored(*bed, image.layers[0]));
  CHECK(bed->impl().parts().budget.ObjectBytes() == 0);
  Store(*bed, "1", image);
  CHECK(bed->Tag("1")->manifest);
}

TEST_CASE("what another image names stays") {
  Machine machine;
  auto bed = machine.Start();
  const std::string shared = Content(1, 100'000);
  const Image one = AnImage("one", {shared, Content(2, 100'000)});
  Store(*bed, "1", one);
  Store(*bed, "2", AnImage("two", {shared}));
  REQUIRE(bed->Store("same", one.manifest, one.Named()));
  SUBCASE("the other tag keeps all of it") {
    const PurgeReport report = Purge(*bed, {Tagged(*bed, "1")});
    CHECK(report.tags == 1);
    CHECK(report.manifests == 0);
    CHECK(report.blobs == 0);
    CHECK(report.kept_shared == 3);
    CHECK(bed->Tag("same")->manifest);
  }
  SUBCASE("with both tags gone, the shared layer stays") {
    const PurgeReport report = Purge(*bed, {Tagged(*bed, "1"), Tagged(*bed, "same")});
    CHECK(report.tags == 2);
    CHECK(report.manifests == 1);
    CHECK(report.blobs == 1);
    CHECK(report.kept_shared == 1);
    CHECK(IsStored(*bed, shared));
    CHECK_FALSE(IsStored(*bed, one.layers[1]));
  }
}

TEST_CASE("a pinned image is purged by force only") {
  Machine machine;
  auto bed = machine.Start();
  const Image image = AnImage("a", {Content(1, 100'000)});
  Store(*bed, "1", image);
  REQUIRE(InventoryOf(*bed).Pin(Tagged(*bed, "1")));
  CHECK(Purge(*bed, {Tagged(*bed, "1")}).kept_pinned == 1);
  CHECK(InventoryOf(*bed).PurgeContent(Digest::Of(image.layers[0]), {}).error().code ==
        Code::kDenied);
  CHECK(IsStored(*bed, image.layers[0]));
  CHECK(Purge(*bed, {Tagged(*bed, "1")}, true).blobs == 1);
  CHECK_FALSE(IsStored(*bed, image.layers[0]));
}

TEST_CASE("a dry run tells what the purge then does, and removes nothing") {
  Machine machine;
  auto bed = machine.Start();
  const Image one = AnImage("a", {Content(1, 100'000), Content(2, 200'000)});
  const Image two = AnImage("b", {Content(2, 200'000)});
  Store(*bed, "1", one);
  Store(*bed, "2", two);
  const Digest layer = Digest::Of(one.layers[0]);
  const PurgeOptions dry{false, true};
  const auto told_of_layer = InventoryOf(*bed).PurgeContent(layer, dry);
  CHECK(told_of_layer->blobs == 1);
  const auto told = InventoryOf(*bed).Purge({Tagged(*bed, "1")}, dry);
  REQUIRE(told);
  CHECK(IsStored(*bed, one.layers[0]));
  CHECK(InventoryOf(*bed).Find(Tagged(*bed, "1"))->manifest);
  const PurgeReport done = Purge(*bed, {Tagged(*bed, "1")});
  CHECK(told->tags == done.tags);
  CHECK(told->manifests == done.manifests);
  CHECK(told->blobs == done.blobs);
  CHECK(told->blobs == 1);
  CHECK(told->bytes == done.bytes);
  CHECK(told->kept_shared == done.kept_shared);
  CHECK(InventoryOf(*bed).PurgeContent(layer, dry).error().code == Code::kNotFound);
}

TEST_CASE("what is read is purged when its last reader leaves") {
  Machine machine;
  auto bed = machine.Start();
  const Image image = AnImage("a", {Content(1, 100'000)});
  Store(*bed, "1", image);
  auto reader = bed->Blob(Digest::Of(image.layers[0])).value().sealed;
  const PurgeReport report = Purge(*bed, {Tagged(*bed, "1")});
  CHECK(report.waiting == 1);
  CHECK(report.blobs == 0);
  const auto tick = [&] {
    (*bed)->Tick();
    bed->Settle();
  };
  tick();
  CHECK(bed->impl().parts().budget.ObjectBytes() > 0);
  reader.reset();
  tick();
  CHECK(bed->impl().parts().budget.ObjectBytes() == 0);
  CHECK_FALSE(IsStored(*bed, image.layers[0]));
}

TEST_CASE("one blob is purged by its digest") {
  Machine machine;
  auto bed = machine.Start();
  REQUIRE(bed->Fill("content"));
  bed->Settle();
  const auto report = InventoryOf(*bed).PurgeContent(Digest::Of("content"), {});
  REQUIRE(report);
  CHECK(report->blobs == 1);
  CHECK(InventoryOf(*bed).PurgeContent(Digest::Of("content"), {}).error().code == Code::kNotFound);
}

}  // namespace
}  // namespace longshore
