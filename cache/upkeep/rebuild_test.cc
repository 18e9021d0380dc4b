// The index is damaged, or gone: what is stored is proven anew and served again.
#include "cache/upkeep/rebuild.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cache/index/charge.h"
#include "cache/index/rocks_index.h"
#include "tests/support/cache_invariants.h"
#include "tests/support/machine.h"

namespace longshore {
namespace {

namespace fs = std::filesystem;

const std::string kLayer = [] {
  std::string bytes(300'000, '\0');
  uint32_t x = 1;
  for (char& c : bytes) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  return bytes;
}();
const std::string kText(200'000, 't');
const std::string kConfig = "{\"config\":true}";

const ContentByDigest& Contents() {
  static const ContentByDigest contents{
      {Digest::Of(kLayer), kLayer}, {Digest::Of(kText), kText}, {Digest::Of(kConfig), kConfig}};
  return contents;
}

struct Store {
  TempFolder folder;
  PosixDisk disk;

  std::unique_ptr<CacheBed> Start() {
    CacheOptions options{folder.path(), 256 << 20, 4 << 20, true};
    return std::make_unique<CacheBed>(options, disk, OpenRocksIndex);
  }
  fs::path index() const { return folder.path() + "/index"; }
  std::vector<fs::path> IndexFiles(const std::string& begin, const std::string& end) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(index())) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(begin) && name.ends_with(end)) found.push_back(entry.path());
    }
    return found;
  }
};

// Three blobs, one of them compressed, and a manifest; every family is in a table file.
void FillStore(Store& store) {
  auto bed = store.Start();
  REQUIRE_MESSAGE(bed->IsOpen(), bed->open_error().message);
  for (const auto& [digest, content] : Contents()) REQUIRE(bed->Fill(content));
  bed->Compress();
  REQUIRE(bed->Blob(Digest::Of(kText))->sealed->frames);
  REQUIRE(bed->Store("latest",
                     std::make_shared<const Manifest>(Manifest{Digest::Of("{}"), "json", "{}"})));
  for (size_t i = 0; i < kFamilyNames.size(); ++i) {
    REQUIRE(bed->impl().parts().catalog.Compact(static_cast<Family>(i)));
  }
}

void CheckServed(CacheBed& bed) {
  for (const auto& [digest, content] : Contents()) CHECK(bed.Read(digest).value_or("") == content);
}

void CheckWhole(Store& store) {
  auto bed = store.Start();
  REQUIRE_MESSAGE(bed->IsOpen(), bed->open_error().message);
  bed->Settle();
  CheckServed(*bed);
  uint64_t stored = 0;
  for (const auto& entry : fs::recursive_directory_iterator(store.folder.path() + "/blobs")) {
    if (entry.is_regular_file()) stored += Charge(entry.file_size());
  }
  CHECK(bed->impl().parts().catalog.StoredBytes().value() == static_cast<int64_t>(stored));
  // And nothing is to be done at the next start.
  const auto before = fs::last_write_time(store.folder.path() + "/blobs");
  bed.reset();
  bed = store.Start();
  REQUIRE(bed->IsOpen());
  CHECK(fs::last_write_time(store.folder.path() + "/blobs") == before);
  CheckServed(*bed);
}

void Flip(const fs::path& path, uint64_t at, uint64_t count) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes(count, '\0');
  file.seekg(static_cast<std::streamoff>(at));
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  for (char& byte : bytes) byte = static_cast<char>(byte ^ 0x55);
  file.seekp(static_cast<std::streamoff>(at));
  file.write(bytes.data(), static_cast<std::streamsize>(count));
  REQUIRE(file);
}

TEST_CASE("an index that cannot be opened is set aside, and what is stored is served again") {
  Store store;
  FillStore(store);
  SUBCASE("its folder is gone") {
    fs::remove_all(store.index());
  }
  SUBCASE("CURRENT is empty") {
    fs::resize_file(store.index() / "CURRENT", 0);
  }
  SUBCASE("CURRENT is gone") {
    fs::remove(store.index() / "CURRENT");
  }
  SUBCASE("CURRENT names another file") {
    std::ofstream(store.index() / "CURRENT") << "MANIFEST-999999\n";
  }
  SUBCASE("MANIFEST is empty") {
    for (const auto& file : store.IndexFiles("MANIFEST", "")) fs::resize_file(file, 0);
  }
  SUBCASE("MANIFEST is cut off") {
    for (const auto& file : store.IndexFiles("MANIFEST", "")) {
      fs::resize_file(file, fs::file_size(file) / 2);
    }
  }
  SUBCASE("MANIFEST is gone") {
    for (const auto& file : store.IndexFiles("MANIFEST", "")) fs::remove(file);
  }
  SUBCASE("table files are gone") {
    const auto files = store.IndexFiles("", ".sst");
    REQUIRE_FALSE(files.empty());
    for (const auto& file : files) fs::remove(file);
  }
  SUBCASE("table files are empty") {
    for (const auto& file : store.IndexFiles("", ".sst")) fs::resize_file(file, 0);
  }
  CheckWhole(store);
}

TEST_CASE("bytes flipped in table files cost no stored blob, at the latest after one more start") {
  Store store;
  FillStore(store);
  const auto files = store.IndexFiles("", ".sst");
  REQUIRE_FALSE(files.empty());
  for (const auto& file : files) {
    SUBCASE("at their begin") {
      Flip(file, 0, 64);
    }
    SUBCASE("in their middle") {
      Flip(file, fs::file_size(file) / 2, 64);
    }
    SUBCASE("at their end") {
      Flip(file, fs::file_size(file) - 64, 64);
    }
    SUBCASE("everywhere") {
      Flip(file, 0, fs::file_size(file));
    }
  }
  {
    auto bed = store.Start();
    REQUIRE_MESSAGE(bed->IsOpen(), bed->open_error().message);
    // Not one wrong byte while the damage is found.
    for (const auto& [digest, content] : Contents()) {
      CHECK(bed->Read(digest).value_or(content) == content);
    }
    (void)bed->Tag("latest");
    bed->Tick(6);
  }
  CheckWhole(store);
}

TEST_CASE("damage that only a read finds is told, and the next start rebuilds") {
  Store store;
  FillStore(store);
  auto bed = store.Start();
  REQUIRE(bed->IsOpen());
  bed->impl().parts().health.IndexDamaged({Code::kCorrupt, "checksum mismatch"});
  CHECK((*bed)->Degradation().find("index") != std::string::npos);
  bed->Tick(6);
  CheckServed(*bed);  // as long as it can
  bed.reset();
  CHECK(fs::exists(store.folder.path() + "/index.is-damaged"));
  CheckWhole(store);
  CHECK_FALSE(fs::exists(store.folder.path() + "/index.is-damaged"));
  CHECK(fs::exists(store.folder.path() + "/index.damaged"));
}

TEST_CASE("one damaged index is kept, counted, and not if it is large") {
  Store store;
  FillStore(store);
  for (int time = 0; time < 3; ++time) {
    for (const auto& file : store.IndexFiles("MANIFEST", "")) fs::resize_file(file, 0);
    auto bed = store.Start();
    REQUIRE(bed->IsOpen());
    CheckServed(*bed);
    const uint64_t aside = *store.disk.FolderUsage(store.folder.path() + "/index.damaged");
    const auto stored = static_cast<uint64_t>(*bed->impl().parts().catalog.StoredBytes());
    CHECK(bed->impl().parts().budget.ObjectBytes() == stored + aside);
  }
  size_t folders = 0;
  for (const auto& entry : fs::directory_iterator(store.folder.path())) {
    if (entry.path().filename().string().starts_with("index")) ++folders;
  }
  CHECK(folders == 2);
  std::ofstream(store.folder.path() + "/index.damaged/large") << std::string(5 << 20, 'l');
  REQUIRE(store.Start()->IsOpen());
  CHECK_FALSE(fs::exists(store.folder.path() + "/index.damaged"));
}

TEST_CASE("an index that another process has open is no damaged one") {
  Store store;
  FillStore(store);
  auto bed = store.Start();
  REQUIRE(bed->IsOpen());
  auto second = store.Start();
  CHECK_FALSE(second->IsOpen());
  CHECK(second->open_error().code == Code::kInvalid);
  CheckServed(*bed);
}

TEST_CASE("a rebuild ends when its time is over, or the pool stops, and the next one goes on") {
  Store store;
  FillStore(store);
  fs::remove_all(store.index());
  FakeClock clock;
  ThreadPool pool(0);
  std::vector<int> told;
  Code expected = Code::kUnavailable;
  RebuildTerms terms{clock.Now() + Duration(1), nullptr};
  SUBCASE("its time is over") {
    terms.tell = [&](int percent) {
      told.push_back(percent);
      if (percent > 0) clock.Advance(Duration(1));
    };
  }
  SUBCASE("the pool stops") {
    expected = Code::kCancelled;
    terms.tell = [&](int percent) {
      told.push_back(percent);
      if (percent > 0) pool.Stop();
    };
  }
  const auto opened =
      OpenCache({store.folder.path(), 256 << 20}, store.disk, clock, pool, OpenRocksIndex, terms);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == expected);
  CHECK(told == std::vector<int>{0, 33});  // the folders of three blobs
  {
    size_t known = 0;
    const auto index = OpenRocksIndex(store.index()).value();
    REQUIRE(index->Scan(Family::kBlob, "", "", [&](std::string_view, std::string_view) {
      ++known;
      return true;
    }));
    CHECK(known == 1);  // of the first
  }
  CheckWhole(store);
}

TEST_CASE("what does not prove goes to quarantine, and what is not a blob's file, too") {
  Machine machine;
  machine.compress = true;
  auto bed = machine.Start();
  for (const auto& [digest, content] : Contents()) REQUIRE(bed->Fill(content));
  bed->Compress();
  const std::string frames = BlobFiles::SealedPath(Digest::Of(kText), BlobEncoding::kZstdFrames);
  SUBCASE("a byte of an identity file is another") {
    machine.FlipByte(BlobFiles::SealedPath(Digest::Of(kLayer)), 1000);
  }
  SUBCASE("a byte of a frame is another") {
    machine.FlipByte(frames, 50);
  }
  SUBCASE("a byte of a seek table is another") {
    machine.FlipByte(frames, fs::file_size(machine.path() + "/" + frames) - 2);
  }
  SUBCASE("a file is cut off") {
    fs::resize_file(machine.path() + "/" + BlobFiles::SealedPath(Digest::Of(kLayer)), 1000);
  }
  SUBCASE("a file has no digest's name") {
    std::ofstream(machine.path() + "/" + BlobFiles::SealedPath(Digest::Of(kLayer)) + ".bak") << "b";
  }
  bed.reset();
  machine.index.Lose();
  bed = machine.Start();
  REQUIRE(bed->IsOpen());
  bed->Settle();
  CHECK(machine.disk.List(machine.path() + "/quarantine")->size() == 1);
  for (const auto& [digest, content] : Contents()) {
    CHECK(bed->Read(digest).value_or(content) == content);
    CHECK(bed->Fill(content));
    CHECK(bed->Read(digest).value() == content);
  }
  for (const std::string& sentence : BrokenInvariants(*bed, machine.path(), Contents())) {
    FAIL_CHECK(sentence);
  }
}

TEST_CASE("an index that has silently lost records is told of the files it does not know") {
  Machine machine;
  auto bed = machine.Start();
  for (const auto& [digest, content] : Contents()) REQUIRE(bed->Fill(content));
  const uint64_t objects = bed->impl().parts().budget.ObjectBytes();
  for (const std::string& lost : {kLayer, kText}) {
    IndexBatch batch;
    batch.Delete(Family::kBlob, DigestKey(Digest::Of(lost)));
    batch.Add(std::string(kStoredBytesKey), -static_cast<int64_t>(Charge(lost.size())));
    REQUIRE(bed->impl().parts().catalog.Commit(batch, Index::Sync::kYes));
  }
  machine.FlipByte(BlobFiles::SealedPath(Digest::Of(kText)), 7);
  bed = machine.Restart(std::move(bed));
  REQUIRE(bed->IsOpen());
  CHECK(bed->impl().parts().budget.ObjectBytes() == Charge(kConfig.size()));
  bed->Settle();  // behind the start
  CHECK(bed->impl().parts().budget.ObjectBytes() == objects);
  CHECK(bed->Read(Digest::Of(kLayer)).value() == kLayer);
  CHECK_FALSE(bed->Blob(Digest::Of(kText))->sealed);
  CHECK(machine.disk.List(machine.path() + "/quarantine")->size() == 1);
  for (const std::string& sentence : BrokenInvariants(*bed, machine.path(), Contents())) {
    FAIL_CHECK(sentence);
  }
  // And it can go, as any other.
  CacheParts& parts = bed->impl().parts();
  const uint64_t whole = 256 << 20;
  const uint64_t more = 2 * Charge(kConfig.size());
  CHECK(parts.reclaimer.MakeRoom(whole - parts.budget.Missing(whole) + more));
  CHECK_FALSE(bed->Blob(Digest::Of(kLayer))->sealed);
}

TEST_CASE("of two files of one blob one is kept, and what was not sealed is forgotten") {
  Machine machine;
  machine.compress = true;
  auto bed = machine.Start();
  REQUIRE(bed->Fill(kText));
  const std::string plain = machine.path() + "/" + BlobFiles::SealedPath(Digest::Of(kText));
  fs::copy_file(plain, plain + ".copy");
  bed->Compress();
  REQUIRE(fs::exists(plain + ".zst"));
  fs::rename(plain + ".copy", plain);
  auto opened = bed->Open(Digest::Of(kLayer), kLayer.size());
  REQUIRE(bed->Write(*std::get<std::unique_ptr<BlobFill>>(*opened), 0, kLayer.substr(0, 100'000)));
  std::get<std::unique_ptr<BlobFill>>(*opened)->Abandon({Code::kCancelled, "left"});
  bed->Settle();
  opened = Fail(Code::kInternal, "over");
  bed.reset();
  machine.index.Lose();
  bed = machine.Start();
  REQUIRE(bed->IsOpen());
  CHECK(bed->Read(Digest::Of(kText)).value() == kText);
  CHECK(fs::exists(plain) != fs::exists(plain + ".zst"));
  CHECK(fs::is_empty(machine.path() + "/staging"));
  for (const std::string& sentence : BrokenInvariants(*bed, machine.path(), Contents())) {
    FAIL_CHECK(sentence);
  }
}

}  // namespace
}  // namespace longshore
