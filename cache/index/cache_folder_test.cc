#include "cache/index/cache_folder.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/fault_disk.h"
#include "tests/support/temp_folder.h"

namespace longshore {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a new folder gets a FORMAT and is known again") {
  TempFolder folder;
  PosixDisk disk;
  const std::string path = folder.path() + "/a/b";
  REQUIRE(PrepareFolder(path, disk));
  REQUIRE(PrepareFolder(path, disk));
  CHECK(fs::exists(path + "/FORMAT"));
  CHECK_FALSE(fs::exists(path + "/FORMAT.new"));
}

TEST_CASE("a fresh file system with lost+found is as good as empty") {
  TempFolder folder;
  PosixDisk disk;
  fs::create_directory(folder.path() + "/lost+found");
  CHECK(PrepareFolder(folder.path(), disk));
}

TEST_CASE("a folder of somebody else's is refused") {
  TempFolder folder;
  PosixDisk disk;
  std::ofstream(folder.path() + "/thesis.txt") << "important";
  const auto prepared = PrepareFolder(folder.path(), disk);
  REQUIRE_FALSE(prepared);
  CHECK(prepared.error().code == Code::kInvalid);
  CHECK(prepared.error().message.find("not a cache folder") != std::string::npos);
}

TEST_CASE("what a running process makes again after its files were removed is a cache folder") {
  TempFolder folder;
  PosixDisk disk;
  const std::string hex(64, 'a');
  fs::create_directories(folder.path() + "/blobs/sha256/aa");
  fs::create_directories(folder.path() + "/staging");
  std::ofstream(folder.path() + "/blobs/sha256/aa/" + hex) << "sealed";
  std::ofstream(folder.path() + "/staging/sha256-" + hex + ".0") << "a fill";
  CHECK(PrepareFolder(folder.path(), disk));
  CHECK(fs::exists(folder.path() + "/FORMAT"));
}

TEST_CASE("folders named like ours that hold something else are refused") {
  for (const char* place : {"staging/thesis.txt", "staging/sha256-abc.0", "quarantine/thesis.txt",
                            "blobs/thesis.txt", "blobs/sha256/thesis.txt", "index/thesis.txt"}) {
    CAPTURE(place);
    TempFolder folder;
    PosixDisk disk;
    const fs::path path = fs::path(folder.path()) / place;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "important";
    const auto prepared = PrepareFolder(folder.path(), disk);
    REQUIRE_FALSE(prepared);
    CHECK(prepared.error().code == Code::kInvalid);
    CHECK_FALSE(fs::exists(folder.path() + "/FORMAT"));
  }
}

TEST_CASE("an unknown format is refused with advice") {
  TempFolder folder;
  PosixDisk disk;
  std::ofstream(folder.path() + "/FORMAT") << "longshore cache 2\n";
  const auto prepared = PrepareFolder(folder.path(), disk);
  REQUIRE_FALSE(prepared);
  CHECK(prepared.error().code == Code::kInvalid);
  CHECK(prepared.error().message.find("use the version that wrote it") != std::string::npos);
}

TEST_CASE("a folder whose creation was cut off at any step is taken up again") {
  for (uint64_t step = 1;; ++step) {
    CAPTURE(step);
    TempFolder folder;
    FaultPlan plan(step);
    FaultDisk disk(plan);
    plan.DieAt(step);
    const bool done = PrepareFolder(folder.path() + "/cache", disk).has_value();
    plan.Heal();
    if (!done && step % 2 == 0) disk.CutPower();
    REQUIRE(PrepareFolder(folder.path() + "/cache", disk));
    if (done) break;
  }
}

TEST_CASE("the boot id is the kernel's, and nothing where there is none") {
  PosixDisk disk;
  CHECK(ReadBootId(disk).size() == 36);
  FaultPlan plan;
  FaultDisk broken(plan);
  plan.DieAt(1);
  CHECK(ReadBootId(broken).empty());
}

}  // namespace
}  // namespace longshore
