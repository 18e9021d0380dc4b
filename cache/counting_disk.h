#pragma once

#include <atomic>
#include <cstdint>

#include "cache/base/disk.h"

namespace longshore {

// A disk that counts what fails: one place, so that no caller can forget to. A missing file is an
// answer, not a failure. Thread-safe; `disk` and `errors` outlive it.
class CountingDisk final : public Disk {
 public:
  CountingDisk(Disk& disk, std::atomic<uint64_t>& errors) : disk_(disk), errors_(errors) {}

  Result<FilePtr> OpenRead(const std::string& path) override { return Note(disk_.OpenRead(path)); }
  Result<FilePtr> OpenReadWrite(const std::string& path) override {
    return Note(disk_.OpenReadWrite(path));
  }
  Result<FilePtr> Create(const std::string& path) override { return Note(disk_.Create(path)); }
  Status WriteAt(const File& file, uint64_t offset, std::string_view data) override {
    return Note(disk_.WriteAt(file, offset, data));
  }
  Result<size_t> ReadAt(const File& file, uint64_t offset, std::span<char> buffer) override {
    return Note(disk_.ReadAt(file, offset, buffer));
  }
  Status SyncData(const File& file) override { return Note(disk_.SyncData(file)); }
  Status SyncFolder(const std::string& path) override { return Note(disk_.SyncFolder(path)); }
  Status MakeFolders(const std::string& path) override { return Note(disk_.MakeFolders(path)); }
  Status Rename(const std::string& from, const std::string& to) override {
    return Note(disk_.Rename(from, to));
  }
  Status Remove(const std::string& path) override { return Note(disk_.Remove(path)); }
  Result<uint64_t> FileSize(const std::string& path) override { return Note(disk_.FileSize(path)); }
  Result<std::vector<std::string>> List(const std::string& path) override {
    return Note(disk_.List(path));
  }
  Result<uint64_t> FolderUsage(const std::string& path) override {
    return Note(disk_.FolderUsage(path));
  }

 private:
  template <typename T>
  Result<T> Note(Result<T> result) {
    if (!result && result.error().code != Code::kNotFound) ++errors_;
    return result;
  }

  Disk& disk_;
  std::atomic<uint64_t>& errors_;
};

}  // namespace longshore
