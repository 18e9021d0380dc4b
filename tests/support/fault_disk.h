#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cache/base/byte_range.h"
#include "cache/base/disk.h"
#include "tests/support/fault_plan.h"
#include "tests/support/temp_folder.h"

namespace longshore {

// A real folder that fails when the plan says so and knows what a power cut would take: bytes
// written since the last SyncData of their file, and names made, moved or removed since the last
// SyncFolder of their folder (a rename belongs to the folder it leads to). Weaker than ext4, where
// a sync of one name makes all older ones durable, too. A write that fails is a short one: its
// first half is in the file. One thread.
class FaultDisk final : public Disk {
 public:
  explicit FaultDisk(FaultPlan& plan) : plan_(plan) {}

  // What the machine finds after a restart: a seeded choice of the unsynced names (the newest go
  // first) and pages is lost, and the kernel has a new boot id. Files still open keep what they
  // show: close them before.
  void CutPower();
  // What the file system is to have free from now on.
  void SetFreeBytes(uint64_t bytes) { free_bytes_ = bytes; }

  Result<FilePtr> OpenRead(const std::string& path) override;
  Result<FilePtr> OpenReadWrite(const std::string& path) override;
  Result<FilePtr> Create(const std::string& path) override;
  Status WriteAt(const File& file, uint64_t offset, std::string_view data) override;
  Result<size_t> ReadAt(const File& file, uint64_t offset, std::span<char> buffer) override;
  Status SyncData(const File& file) override;
  Status SyncFolder(const std::string& path) override;
  Status MakeFolders(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Result<uint64_t> FileSize(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;
  Result<uint64_t> FolderUsage(const std::string& path) override;
  Result<uint64_t> FreeBytes(const std::string& path) override;
  // Durable at once: what it is used for is out of the way already.
  Status RemoveTree(const std::string& path) override;
  // Never fails by plan: it tells mistakes, not faults.
  Status CheckFolder(const std::string& path) override { return disk_.CheckFolder(path); }

 private:
  enum class Change { kCreated, kFolderMade, kMoved, kRemoved };
  struct Contents {
    RangeSet unsynced;
  };
  struct NameChange {
    Change change;
    std::string path;
    std::string from;    // kMoved
    std::string shadow;  // a second link to what stood at `path` before; empty if nothing did
    std::string folder;  // whose sync makes it durable
  };
  Result<FilePtr> Remember(const std::string& path, Result<FilePtr> file);
  std::string Shadow(const std::string& path);
  void Undo(const NameChange& change);
  void LosePages(const std::string& path, const RangeSet& unsynced);

  FaultPlan& plan_;
  PosixDisk disk_;
  TempFolder shadows_;
  unsigned next_shadow_ = 0;
  unsigned boots_ = 1;
  uint64_t free_bytes_ = uint64_t{1} << 40;
  std::map<std::string, std::shared_ptr<Contents>> contents_;  // by path
  std::map<const File*, std::shared_ptr<Contents>> open_;
  std::vector<NameChange> names_;  // not durable yet, oldest first
};

}  // namespace longshore
