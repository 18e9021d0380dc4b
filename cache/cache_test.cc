#include "cache/cache.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "cache/index/charge.h"
#include "cache/index/rocks_index.h"
#include "tests/support/machine.h"

namespace longshore {
namespace {

namespace fs = std::filesystem;

const RepositoryKey kOther{"docker.io", "library/alpine"};

ManifestPtr AManifest(std::string bytes) {
  return std::make_shared<const Manifest>(
      Manifest{Digest::Of(bytes), "application/vnd.oci.image.manifest.v1+json", bytes});
}

std::string SealedFile(const Machine& machine, const Digest& digest) {
  return machine.path() + "/" + BlobFiles::SealedPath(digest);
}

TEST_CASE("with RocksDB below, everything is there after a restart") {
  TempFolder folder;
  PosixDisk disk;
  const std::string content(300'000, 'x');
  const auto manifest = AManifest("{\"layers\":[]}");
  uint64_t objects = 0;
  {
    CacheBed bed(folder.path(), disk, OpenRocksIndex);
    REQUIRE_MESSAGE(bed.IsOpen(), bed.open_error().message);
    REQUIRE(bed.Fill(content));
    REQUIRE(bed.Store("latest", manifest, {{Digest::Of(content), content.size()}}));
    CHECK(bed.Read(Digest::Of(content)).value() == content);
    objects = bed.impl().parts().budget.ObjectBytes();
    CHECK(objects == Charge(content.size()));
  }
  CacheBed bed(folder.path(), disk, OpenRocksIndex);
  REQUIRE(bed.IsOpen());
  CHECK(bed.impl().parts().budget.ObjectBytes() == objects);
  CHECK(bed.Read(Digest::Of(content)).value() == content);
  const auto tag = bed.Tag("latest");
  REQUIRE(tag);
  CHECK(tag->tag->digest == manifest->digest);
  CHECK(tag->manifest->bytes == manifest->bytes);
  CHECK(tag->manifest->media_type == manifest->media_type);
  CHECK(bed.Blob(Digest::Of(content))->linked);
  CHECK(*disk.FolderUsage(folder.path()) <= bed->stats().used_bytes + Budget::Headroom(0));
}

TEST_CASE("the public door opens the same cache") {
  TempFolder folder;
  PosixDisk disk;
  FakeClock clock;
  ThreadPool pool(1);
  {
    auto cache = Cache::Open({folder.path(), 64 << 20}, disk, clock, pool);
    REQUIRE(cache);
    CHECK((*cache)->stats().capacity_bytes == 64 << 20);
    const auto second = Cache::Open({folder.path(), 64 << 20}, disk, clock, pool);
    CHECK_FALSE(second);
    pool.Stop();
  }
  ThreadPool later(1);
  const auto small = Cache::Open({folder.path(), 1 << 20}, disk, clock, later);
  REQUIRE_FALSE(small);
  CHECK(small.error().code == Code::kInvalid);
  CHECK(small.error().message.find("at least 64MiB") != std::string::npos);
}

TEST_CASE("a manifest is there by tag and by digest, in memory at once, for its repository only") {
  Machine machine;
  auto bed = machine.Start();
  const auto manifest = AManifest("{}");
  const Digest layer = Digest::Of("layer");
  CHECK_FALSE((*bed)->PeekTag(bed->repository, "1"));
  CHECK_FALSE(bed->Tag("1")->tag);
  REQUIRE(bed->Store("1", manifest, {{layer, 77}}));
  const auto by_tag = (*bed)->PeekTag(bed->repository, "1");
  REQUIRE(by_tag);
  CHECK(by_tag->manifest == manifest);
  CHECK(by_tag->tag->proven_at == bed->clock().WallMillis());
  CHECK(by_tag->linked);
  CHECK((*bed)->PeekManifest(bed->repository, manifest->digest)->manifest == manifest);

  CHECK_FALSE((*bed)->PeekManifest(kOther, manifest->digest));
  CHECK_FALSE((*bed)->PeekTag(kOther, "1"));
  std::optional<Result<ManifestLookup>> elsewhere;
  (*bed)->LookupManifest(kOther, manifest->digest, bed->executor(),
                         [&](auto r) { elsewhere = std::move(r); });
  bed->Settle();
  CHECK((*elsewhere)->manifest == manifest);
  CHECK_FALSE((*elsewhere)->linked);
}

TEST_CASE("what a manifest names is linked to its repository, with its size") {
  Machine machine;
  auto bed = machine.Start();
  const Digest layer = Digest::Of("layer");
  REQUIRE(bed->Store("1", AManifest("{}"), {{layer, 77}}));
  for (int run = 0; run < 2; ++run) {
    const auto lookup = bed->Blob(layer);
    CHECK(lookup->linked);
    CHECK(lookup->size == 77);
    CHECK_FALSE(lookup->sealed);
    bed = machine.Restart(std::move(bed));
  }
}

TEST_CASE("a blob of another repository is there, but not linked, until the upstream confirms it") {
  Machine machine;
  auto bed = machine.Start();
  REQUIRE(bed->Fill("layer"));
  const Digest layer = Digest::Of("layer");
  CHECK(bed->Blob(layer)->sealed);
  CHECK_FALSE(bed->Blob(layer)->linked);
  CHECK_FALSE((*bed)->PeekBlob(bed->repository, layer));  // not known to be linked: ask
  (*bed)->ConfirmLink(bed->repository, layer, 5);
  CHECK((*bed)->PeekBlob(bed->repository, layer)->linked);
  bed->Settle();
  CHECK((*bed)->PeekBlob(bed->repository, layer)->sealed->size == 5);
  bed = machine.Restart(std::move(bed));
  CHECK(bed->Blob(layer)->linked);
}

TEST_CASE("confirming a link without a size keeps the size that is known") {
  Machine machine;
  auto bed = machine.Start();
  const Digest layer = Digest::Of("layer");
  (*bed)->ConfirmLink(bed->repository, layer, 99);
  bed->Settle();
  bed = machine.Restart(std::move(bed));
  (*bed)->ConfirmLink(bed->repository, layer, 0);
  bed->Settle();
  bed = machine.Restart(std::move(bed));
  CHECK(bed->Blob(layer)->size == 99);
}

TEST_CASE("touching and forgetting a tag shows at once and lasts") {
  Machine machine;
  auto bed = machine.Start();
  const auto manifest = AManifest("{}");
  REQUIRE(bed->Store("1", manifest));
  bed->clock().Advance(Duration(5000));
  (*bed)->TouchTag(bed->repository, "1", manifest->digest);
  const int64_t now = bed->clock().WallMillis();
  CHECK((*bed)->PeekTag(bed->repository, "1")->tag->proven_at == now);
  bed->Settle();
  bed = machine.Restart(std::move(bed));
  CHECK(bed->Tag("1")->tag->proven_at == now);
  (*bed)->ForgetTag(bed->repository, "1");
  CHECK_FALSE((*bed)->PeekTag(bed->repository, "1"));
  bed->Settle();
  CHECK_FALSE(bed->Tag("1")->tag);
  bed = machine.Restart(std::move(bed));
  CHECK_FALSE(bed->Tag("1")->tag);
  CHECK(bed->ManifestOf(manifest->digest)->linked);  // the manifest is still the repository's
}

TEST_CASE("the newest word about a tag wins, whatever runs first") {
  Machine machine;
  auto bed = machine.Start();
  const auto old = AManifest("old");
  const auto fresh = AManifest("new");
  int stored = 0;
  (*bed)->StoreManifest(bed->repository, "1", old, {}, bed->executor(),
                        [&](Status s) { stored += s ? 1 : 0; });
  (*bed)->TouchTag(bed->repository, "1", fresh->digest);
  bed->Settle();
  CHECK(stored == 1);
  CHECK(bed->Tag("1")->tag->digest == fresh->digest);
  CHECK_FALSE(bed->Tag("1")->manifest);
  (*bed)->TouchTag(bed->repository, "1", old->digest);
  (*bed)->ForgetTag(bed->repository, "1");
  bed->Settle();
  CHECK_FALSE(bed->Tag("1")->tag);
  REQUIRE(bed->Store("1", fresh));
  CHECK(bed->Tag("1")->manifest == fresh);
  bed = machine.Restart(std::move(bed));
  CHECK(bed->Tag("1")->tag->digest == fresh->digest);
}

TEST_CASE("a touched tag links the digest that it points at") {
  Machine machine;
  auto bed = machine.Start();
  const Digest digest = Digest::Of("stored through another repository");
  (*bed)->TouchTag(bed->repository, "1", digest);
  bed->Settle();
  CHECK(bed->ManifestOf(digest)->linked);
}

TEST_CASE("tags are listed sorted, those of this repository only") {
  Machine machine;
  auto bed = machine.Start();
  for (const char* tag : {"b", "a", "10", "9"}) REQUIRE(bed->Store(tag, AManifest("{}")));
  (*bed)->TouchTag(kOther, "c", Digest::Of("x"));
  std::optional<Result<std::vector<std::string>>> names;
  (*bed)->ListTags(bed->repository, bed->executor(), [&](auto r) { names = std::move(r); });
  bed->Settle();
  CHECK(**names == std::vector<std::string>{"10", "9", "a", "b"});
}

TEST_CASE("a callback never comes before the call returns") {
  Machine machine;
  auto bed = machine.Start();
  bool called = false;
  (*bed)->LookupBlob(bed->repository, Digest::Of("x"), bed->executor(),
                     [&](auto) { called = true; });
  CHECK_FALSE(called);
  bed->Settle();
  CHECK(called);
}

TEST_CASE("names with a NUL are invalid, not a way around") {
  Machine machine;
  auto bed = machine.Start();
  const RepositoryKey bad{"docker.io", std::string("a\0b", 3)};
  std::optional<Result<BlobLookup>> answer;
  (*bed)->LookupBlob(bad, Digest::Of("x"), bed->executor(), [&](auto r) { answer = std::move(r); });
  bed->Settle();
  CHECK(answer->error().code == Code::kInvalid);
  CHECK_FALSE((*bed)->PeekBlob(bad, Digest::Of("x")));
  (*bed)->TouchTag(bad, "x", Digest::Of("x"));
  (*bed)->ForgetTag(bad, "x");
  (*bed)->ConfirmLink(bad, Digest::Of("x"), 1);
  CHECK(bed->Store(std::string("a\0", 2), AManifest("{}")).error().code == Code::kInvalid);
}

TEST_CASE("a blob whose file vanished reads as absent, is dropped, and can be filled again") {
  Machine machine;
  auto bed = machine.Start();
  REQUIRE(bed->Fill("content"));
  bed = machine.Restart(std::move(bed));
  fs::remove(SealedFile(machine, Digest::Of("content")));
  CHECK_FALSE(bed->Blob(Digest::Of("content"))->sealed);
  CHECK((*bed)->stats().disk_errors == 1);
  CHECK(bed->impl().parts().budget.ObjectBytes() == 0);
  REQUIRE(bed->Fill("content"));
  CHECK(bed->Read(Digest::Of("content")).value() == "content");
}

TEST_CASE("a blob whose file has another size goes to quarantine") {
  Machine machine;
  auto bed = machine.Start();
  REQUIRE(bed->Fill("content"));
  bed = machine.Restart(std::move(bed));
  std::ofstream(SealedFile(machine, Digest::Of("content")), std::ios::app) << "tail";
  CHECK_FALSE(bed->Blob(Digest::Of("content"))->sealed);
  CHECK_FALSE(fs::exists(SealedFile(machine, Digest::Of("content"))));
  CHECK(fs::exists(machine.path() + "/quarantine/" +
                   BlobFiles::StagingName(Digest::Of("content"), 0)));
  REQUIRE(bed->Fill("content"));
}

TEST_CASE("a damaged record reads as absent, and the account is put right at the next start") {
  Machine machine;
  auto bed = machine.Start();
  REQUIRE(bed->Fill("first"));
  REQUIRE(bed->Fill("second"));
  REQUIRE(bed->Store("1", AManifest("{}")));
  bed = machine.Restart(std::move(bed));
  IndexBatch damage;
  damage.Put(Family::kBlob, DigestKey(Digest::Of("first")), "\x07nonsense");
  damage.Put(Family::kTag, *TagKey(bed->repository, "1"), "");
  damage.Put(Family::kManifest, DigestKey(Digest::Of("{}")), "\x01");
  REQUIRE(machine.index.Commit(damage, Index::Sync::kNo));
  CHECK_FALSE(bed->Blob(Digest::Of("first"))->sealed);
  CHECK_FALSE(bed->Tag("1")->tag);
  CHECK_FALSE(bed->ManifestOf(Digest::Of("{}"))->manifest);
  CHECK((*bed)->stats().index_errors >= 3);
  CHECK(bed->Blob(Digest::Of("second"))->sealed);
  CHECK_FALSE(fs::exists(SealedFile(machine, Digest::Of("first"))));
  bed = machine.Restart(std::move(bed));
  CHECK(bed->impl().parts().budget.ObjectBytes() == Charge(6));
  REQUIRE(bed->Fill("first"));
}

TEST_CASE("a damaged extent record costs its bytes, nothing else") {
  Machine machine;
  auto bed = machine.Start();
  const std::string content(100'000, 'c');
  {
    auto opened = bed->Open(Digest::Of(content), content.size());
    auto& fill = std::get<std::unique_ptr<BlobFill>>(*opened);
    REQUIRE(bed->Write(*fill, 0, content.substr(0, 50'000)));
  }
  bed->Settle();
  IndexBatch damage;
  damage.Put(Family::kExtent, DigestKey(Digest::Of(content)), "\x01");
  damage.Put(Family::kExtent, "no digest", "\x01");
  REQUIRE(machine.index.Commit(damage, Index::Sync::kNo));
  SUBCASE("found when the blob is asked for") {}
  SUBCASE("found at a start") {
    bed = machine.Restart(std::move(bed));
  }
  REQUIRE(bed->Fill(content));
  bed = machine.Restart(std::move(bed));
  CHECK(bed->Read(Digest::Of(content)).value() == content);
  CHECK(bed->impl().parts().budget.ObjectBytes() == Charge(content.size()));
  CHECK(fs::is_empty(machine.path() + "/staging"));
}

TEST_CASE(
    "an index that fails is an error to the asker, counted; it works again when the index does") {
  Machine machine;
  auto bed = machine.Start();
  REQUIRE(bed->Store("1", AManifest("{}")));
  bed = machine.Restart(std::move(bed));
  machine.plan.DieNow();
  CHECK(bed->Tag("1").error().code == Code::kIo);
  CHECK(bed->Blob(Digest::Of("x")).error().code == Code::kIo);
  CHECK(bed->Open(Digest::Of("x"), 10).error().code == Code::kIo);
  CHECK(bed->Store("2", AManifest("[]")).error().code == Code::kIo);
  CHECK((*bed)->stats().index_errors >= 4);
  machine.plan.Heal();
  CHECK(bed->Tag("1")->manifest);
  CHECK(bed->Fill("content"));
}

TEST_CASE("uses are recorded in batches, not one by one") {
  Machine machine;
  auto bed = machine.Start();
  REQUIRE(bed->Fill("content"));
  (*bed)->ConfirmLink(bed->repository, Digest::Of("content"), 7);
  bed->Settle();
  const std::string key = AccessKey(ObjectKind::kBlob, Digest::Of("content"));
  const auto uses = [&]() -> uint64_t {
    bed->Settle();
    const auto record = bed->impl().parts().catalog.FindAccess(key);
    return *record ? (*record)->uses : 0;
  };
  for (int i = 0; i < 100; ++i) (*bed)->PeekBlob(bed->repository, Digest::Of("content"));
  CHECK(uses() == 0);
  bed->clock().Advance(AccessLog::kEvery);
  (*bed)->PeekBlob(bed->repository, Digest::Of("content"));
  CHECK(uses() == 101);
  for (size_t i = 0; i < AccessLog::kFlushUses; ++i)
    (*bed)->PeekBlob(bed->repository, Digest::Of("content"));
  CHECK(uses() == 101 + AccessLog::kFlushUses);
  (*bed)->PeekBlob(bed->repository, Digest::Of("content"));
  bed = machine.Restart(std::move(bed));  // closing writes the rest
  CHECK(uses() == 102 + AccessLog::kFlushUses);
}

}  // namespace
}  // namespace longshore
