#pragma once

#include <cstdint>

#include "cache/base/disk.h"
#include "cache/health/disk_health.h"

namespace longshore {

// A disk whose failures, and operations that do not return, are told to `health`: one place, so
// that no caller can forget to. A missing file is an answer, not a failure. Thread-safe; `disk` and
// `health` outlive it.
class WatchedDisk final : public Disk {
 private:
  template <typename Work>
  auto Read(Work work) {
    auto result = Watch(work);
    if (IsFailure(result)) health_.ReadFailed(DiskHealth::Part::kDisk, result.error());
    return result;
  }
  template <typename Work>
  auto Write(Work work) {
    auto result = Watch(work);
    if (IsFailure(result)) health_.WriteFailed(DiskHealth::Part::kDisk, result.error());
    return result;
  }
  template <typename Work>
  auto Watch(Work& work) {
    const DiskHealth::Operation operation(health_);
    return work();
  }
  template <typename T>
  static bool IsFailure(const Result<T>& result) {
    return !result && result.error().code != Code::kNotFound;
  }

 public:
  WatchedDisk(Disk& disk, DiskHealth& health) : disk_(disk), health_(health) {}

  Result<FilePtr> OpenRead(const std::string& path) override {
    return Read([&] { return disk_.OpenRead(path); });
  }
  Result<FilePtr> OpenReadWrite(const std::string& path) override {
    return Write([&] { return disk_.OpenReadWrite(path); });
  }
  Result<FilePtr> Create(const std::string& path) override {
    return Write([&] { return disk_.Create(path); });
  }
  Status WriteAt(const File& file, uint64_t offset, std::string_view data) override {
    return Write([&] { return disk_.WriteAt(file, offset, data); });
  }
  Result<size_t> ReadAt(const File& file, uint64_t offset, std::span<char> buffer) override {
    return Read([&] { return disk_.ReadAt(file, offset, buffer); });
  }
  Status SyncData(const File& file) override {
    return Write([&] { return disk_.SyncData(file); });
  }
  Status SyncFolder(const std::string& path) override {
    return Write([&] { return disk_.SyncFolder(path); });
  }
  Status MakeFolders(const std::string& path) override {
    return Write([&] { return disk_.MakeFolders(path); });
  }
  Status Rename(const std::string& from, const std::string& to) override {
    return Write([&] { return disk_.Rename(from, to); });
  }
  Status Remove(const std::string& path) override {
    return Write([&] { return disk_.Remove(path); });
  }
  Result<uint64_t> FileSize(const std::string& path) override {
    return Read([&] { return disk_.FileSize(path); });
  }
  Result<std::vector<std::string>> List(const std::string& path) override {
    return Read([&] { return disk_.List(path); });
  }
  Result<uint64_t> FolderUsage(const std::string& path) override {
    return Read([&] { return disk_.FolderUsage(path); });
  }
  Result<uint64_t> FreeBytes(const std::string& path) override {
    return Read([&] { return disk_.FreeBytes(path); });
  }
  Status RemoveTree(const std::string& path) override {
    return Write([&] { return disk_.RemoveTree(path); });
  }
  Status CheckFolder(const std::string& path) override { return disk_.CheckFolder(path); }

 private:
  Disk& disk_;
  DiskHealth& health_;
};

}  // namespace longshore
