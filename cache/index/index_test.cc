// What every Index promises, held against RocksDB and against the one in memory that other tests
// stand on.
#include "cache/index/index.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <functional>

#include "cache/base/disk.h"
#include "cache/index/rocks_index.h"
#include "tests/support/memory_index.h"
#include "tests/support/temp_folder.h"

namespace longshore {
namespace {

using Sync = Index::Sync;

void OnBoth(const std::function<void(Index&)>& test) {
  SUBCASE("in RocksDB") {
    TempFolder folder;
    auto index = OpenRocksIndex(folder.path());
    REQUIRE(index);
    test(**index);
  }
  SUBCASE("in memory") {
    FaultPlan plan;
    MemoryIndex index(plan);
    test(index);
  }
}

std::string Join(Index& index, Family family, std::string_view prefix, std::string_view from) {
  std::string keys;
  REQUIRE(index.Scan(family, prefix, from, [&](std::string_view key, std::string_view value) {
    keys += std::string(key) + "=" + std::string(value) + " ";
    return true;
  }));
  return keys;
}

TEST_CASE("a batch shows as a whole, in its families only") {
  OnBoth([](Index& index) {
    IndexBatch batch;
    batch.Put(Family::kBlob, "k", "blob");
    batch.Put(Family::kTag, "k", "tag");
    REQUIRE(index.Commit(batch, Sync::kNo));
    CHECK(**index.Get(Family::kBlob, "k") == "blob");
    CHECK(**index.Get(Family::kTag, "k") == "tag");
    CHECK_FALSE(index.Get(Family::kLink, "k")->has_value());
    IndexBatch removal;
    removal.Delete(Family::kBlob, "k");
    REQUIRE(index.Commit(removal, Sync::kYes));
    CHECK_FALSE(index.Get(Family::kBlob, "k")->has_value());
  });
}

// To RocksDB alone such a failure would be the end: see rocks_index_files.h.
TEST_CASE("after writes that failed, what was written is read, and the next commit works again") {
  TempFolder folder;
  auto index = OpenRocksIndex(folder.path());
  REQUIRE(index);
  const auto put = [&](const std::string& key) {
    IndexBatch batch;
    batch.Put(Family::kBlob, key, "value");
    return (*index)->Commit(batch, Sync::kYes);
  };
  REQUIRE(put("before"));
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  std::signal(SIGXFSZ, SIG_IGN);
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    const std::string after = "after" + std::to_string(round);
    const rlimit nothing{0, limit.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &nothing) == 0);
    const Status failed = put("meanwhile");
    const Status again = put("meanwhile");
    const Status compacted = (*index)->Compact(Family::kBlob);
    const auto read = (*index)->Get(Family::kBlob, "before");
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK_FALSE(failed);
    CHECK_FALSE(again);
    CHECK_FALSE(compacted);
    CHECK(read.value().has_value());
    CHECK(put(after));
    CHECK((*index)->Get(Family::kBlob, after).value().has_value());
  }
  index->reset();
  index = OpenRocksIndex(folder.path());
  REQUIRE(index);
  for (const char* key : {"before", "after0", "after1", "after2"}) {
    CHECK((*index)->Get(Family::kBlob, key).value().has_value());
  }
}

TEST_CASE("an index whose log could not be written is closed all the same") {
  TempFolder folder;
  auto index = OpenRocksIndex(folder.path());
  REQUIRE(index);
  IndexBatch batch;
  batch.Put(Family::kBlob, "key", "value");
  REQUIRE((*index)->Commit(batch, Sync::kYes));
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit nothing{0, limit.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &nothing) == 0);
  CHECK_FALSE((*index)->Commit(batch, Sync::kYes));
  SUBCASE("while it cannot be") {
    index->reset();
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    return;  // its lock goes with the process
  }
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  index->reset();
  index = OpenRocksIndex(folder.path());
  REQUIRE(index);
  CHECK((*index)->Get(Family::kBlob, "key").value().has_value());
}

TEST_CASE("a scan visits a prefix in order, from where it is told, until it is told to stop") {
  OnBoth([](Index& index) {
    IndexBatch batch;
    for (const char* key : {"b/2", "a/9", "b/1", "c/0", "b/3"}) batch.Put(Family::kTag, key, "v");
    batch.Put(Family::kLink, "b/7", "v");
    REQUIRE(index.Commit(batch, Sync::kNo));
    CHECK(Join(index, Family::kTag, "b/", "") == "b/1=v b/2=v b/3=v ");
    CHECK(Join(index, Family::kTag, "b/", "b/2") == "b/2=v b/3=v ");
    CHECK(Join(index, Family::kTag, "", "b/3") == "b/3=v c/0=v ");
    CHECK(Join(index, Family::kTag, "x", "").empty());
    int visited = 0;
    REQUIRE(index.Scan(Family::kTag, "", "", [&](auto, auto) { return ++visited < 2; }));
    CHECK(visited == 2);
  });
}

TEST_CASE("counters add up, beside other changes") {
  OnBoth([](Index& index) {
    CHECK(*index.Counter("n") == 0);
    for (const int64_t delta : {int64_t{1'000'000'000'000}, int64_t{-7}, int64_t{2}}) {
      IndexBatch batch;
      batch.Add("n", delta);
      batch.Put(Family::kMeta, "other", "x");
      REQUIRE(index.Commit(batch, Sync::kNo));
    }
    CHECK(*index.Counter("n") == 999'999'999'995);
    REQUIRE(index.Compact(Family::kMeta));
    CHECK(*index.Counter("n") == 999'999'999'995);
  });
}

TEST_CASE("RocksDB keeps everything across a restart, counters included") {
  TempFolder folder;
  for (int run = 1; run <= 3; ++run) {
    auto index = OpenRocksIndex(folder.path());
    REQUIRE(index);
    CHECK(*(*index)->Counter("n") == (run - 1) * 5);
    IndexBatch batch;
    batch.Add("n", 5);
    batch.Put(Family::kExtent, std::to_string(run), "x");
    REQUIRE((*index)->Commit(batch, Sync::kNo));
    CHECK(Join(**index, Family::kExtent, "", "").size() == static_cast<size_t>(run) * 4);
  }
}

TEST_CASE("what RocksDB holds in memory: what was written, then what is read, within bounds") {
  TempFolder folder;
  auto index = OpenRocksIndex(folder.path());
  REQUIRE(index);
  const IndexMemory empty = (*index)->Memory();
  constexpr int kRecords = 2000;
  const std::string value(2000, 'x');
  for (int i = 0; i < kRecords; ++i) {
    IndexBatch batch;
    batch.Put(Family::kBlob, std::to_string(i), value);
    REQUIRE((*index)->Commit(batch, Sync::kNo));
    if (i == 100) CHECK((*index)->Memory().write_buffers >= empty.write_buffers + 100 * 2000);
  }
  REQUIRE((*index)->Compact(Family::kBlob));
  const IndexMemory written = (*index)->Memory();
  CHECK(written.table_readers > empty.table_readers);
  for (int i = 0; i < kRecords; ++i) REQUIRE(*(*index)->Get(Family::kBlob, std::to_string(i)));
  const IndexMemory read = (*index)->Memory();
  CHECK(read.block_cache >= written.block_cache + 1'000'000);
  CHECK(read.block_cache <= 16 << 20);
  CHECK(read.write_buffers <= 8 << 20);
}

TEST_CASE("a second process is kept out of RocksDB's folder") {
  TempFolder folder;
  auto first = OpenRocksIndex(folder.path());
  REQUIRE(first);
  auto second = OpenRocksIndex(folder.path());
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::kInvalid);
  CHECK(second.error().message.find("LOCK") != std::string::npos);
}

TEST_CASE("a damaged index is an error that names the folder, not a crash") {
  TempFolder folder;
  { REQUIRE(OpenRocksIndex(folder.path())); }
  std::filesystem::resize_file(folder.path() + "/CURRENT", 3);
  auto index = OpenRocksIndex(folder.path());
  REQUIRE_FALSE(index);
  CHECK(index.error().message.find(folder.path()) != std::string::npos);
}

TEST_CASE("what was deleted gives its space back") {
  TempFolder folder;
  PosixDisk disk;
  auto index = OpenRocksIndex(folder.path());
  REQUIRE(index);
  uint32_t noise = 1;
  for (int i = 0; i < 200; ++i) {
    std::string value(100'000, '\0');
    for (char& c : value) c = static_cast<char>((noise = noise * 1664525 + 1013904223) >> 24);
    IndexBatch batch;
    batch.Put(Family::kManifest, std::to_string(i), std::move(value));
    REQUIRE((*index)->Commit(batch, Sync::kNo));
  }
  CHECK(*disk.FolderUsage(folder.path()) > 19'000'000);
  IndexBatch removal;
  for (int i = 0; i < 200; ++i) removal.Delete(Family::kManifest, std::to_string(i));
  REQUIRE((*index)->Commit(removal, Sync::kNo));
  const auto is_small = [&] {  // what is left is the log
    return *disk.FolderUsage(folder.path()) < 12'000'000;
  };
  // Files that nothing needs any more go in the background.
  for (int i = 0; i < 10'000 && !is_small(); ++i) REQUIRE((*index)->Compact(Family::kManifest));
  CHECK(is_small());
}

}  // namespace
}  // namespace longshore
