#include "cache/base/disk.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/support/temp_folder.h"

namespace longshore {
namespace {

TEST_CASE("what is written at an offset is read back, with a hole before it") {
  TempFolder folder;
  PosixDisk disk;
  const auto file = disk.Create(folder.path() + "/a");
  REQUIRE(file);
  REQUIRE(disk.WriteAt(**file, 1 << 20, "hello"));
  std::string buffer(10, '?');
  CHECK(*disk.ReadAt(**file, 1 << 20, buffer) == 5);  // short only at the end
  CHECK(buffer.substr(0, 5) == "hello");
  CHECK(*disk.ReadAt(**file, 0, buffer) == 10);
  CHECK(buffer == std::string(10, '\0'));
  CHECK(*disk.FileSize(folder.path() + "/a") == (1 << 20) + 5);
  CHECK(*disk.FolderUsage(folder.path() + "/a") < (1 << 19));
}

TEST_CASE("failures say which file and why") {
  TempFolder folder;
  PosixDisk disk;
  const auto missing = disk.OpenRead(folder.path() + "/none");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Code::kNotFound);
  CHECK(missing.error().message.find("/none: No such file") != std::string::npos);
  REQUIRE(disk.Create(folder.path() + "/a"));
  const auto twice = disk.Create(folder.path() + "/a");
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code == Code::kIo);
  CHECK_FALSE(disk.List(folder.path() + "/none"));
  CHECK_FALSE(disk.FolderUsage(folder.path() + "/none"));
  CHECK_FALSE(disk.MakeFolders(folder.path() + "/a/b"));
  CHECK_FALSE(disk.SyncFolder(folder.path() + "/none"));
  CHECK_FALSE(disk.Rename(folder.path() + "/none", folder.path() + "/b"));
  CHECK(disk.Remove(folder.path() + "/none"));
  CHECK_FALSE(disk.Remove(folder.path()));
}

TEST_CASE("a full device is no space, not a broken disk") {
  PosixDisk disk;
  const auto full = disk.OpenReadWrite("/dev/full");
  REQUIRE(full);
  const auto written = disk.WriteAt(**full, 0, "x");
  REQUIRE_FALSE(written);
  CHECK(written.error().code == Code::kNoSpace);
}

TEST_CASE("a bad descriptor is an I/O failure") {
  PosixDisk disk;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const File in(ends[0]);
  const File out(ends[1]);
  std::string buffer(1, '?');
  CHECK(disk.ReadAt(in, 0, buffer).error().code == Code::kIo);
  CHECK(disk.SyncData(in).error().code == Code::kIo);
}

TEST_CASE("what is free is told, and a folder goes with all that it holds") {
  TempFolder folder;
  PosixDisk disk;
  CHECK(*disk.FreeBytes(folder.path()) > 0);
  CHECK(disk.FreeBytes(folder.path() + "/none").error().code == Code::kNotFound);
  REQUIRE(disk.MakeFolders(folder.path() + "/x/y"));
  REQUIRE(disk.Create(folder.path() + "/x/y/f"));
  CHECK(disk.RemoveTree(folder.path() + "/x"));
  CHECK(disk.List(folder.path())->empty());
  CHECK(disk.RemoveTree(folder.path() + "/x"));
}

TEST_CASE("folders are made, listed and counted as du does") {
  TempFolder folder;
  PosixDisk disk;
  REQUIRE(disk.MakeFolders(folder.path() + "/x/y"));
  REQUIRE(disk.SyncFolder(folder.path() + "/x"));
  const auto before = *disk.FolderUsage(folder.path());
  const auto file = disk.Create(folder.path() + "/x/y/f");
  REQUIRE(disk.WriteAt(**file, 0, std::string(10'000, 'f')));
  REQUIRE(disk.SyncData(**file));
  CHECK(*disk.FolderUsage(folder.path()) == before + 12'288);
  CHECK(*disk.List(folder.path() + "/x/y") == std::vector<std::string>{"f"});
  REQUIRE(disk.Rename(folder.path() + "/x/y/f", folder.path() + "/g"));
  CHECK(disk.List(folder.path() + "/x/y")->empty());
  REQUIRE(disk.Remove(folder.path() + "/g"));
  std::string buffer(3, '?');
  CHECK(*disk.ReadAt(**file, 0, buffer) == 3);  // an open file outlives its name
}

}  // namespace
}  // namespace longshore
