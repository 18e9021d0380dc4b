#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache/base/result.h"

namespace longshore {

// An open file; closed when the last owner goes. The descriptor stays valid after the file is
// unlinked, so an open file pins its bytes. Thread-safe (positioned reads and writes only).
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};
using FilePtr = std::shared_ptr<File>;

// The only seam to the file system. Every call may block: pool and start-up only. Thread-safe.
// Failures are kNotFound (no such file), kNoSpace (ENOSPC, EDQUOT) or kIo, with the path and the
// system's own word.
class Disk {
 public:
  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  [[nodiscard]] virtual Result<FilePtr> OpenRead(const std::string& path) = 0;
  [[nodiscard]] virtual Result<FilePtr> OpenReadWrite(const std::string& path) = 0;
  // Fails with kIo if the file exists.
  [[nodiscard]] virtual Result<FilePtr> Create(const std::string& path) = 0;

  // All of `data`, or an error.
  [[nodiscard]] virtual Status WriteAt(const File& file, uint64_t offset,
                                       std::string_view data) = 0;
  // Up to buffer.size() bytes; fewer only at the end of the file.
  [[nodiscard]] virtual Result<size_t> ReadAt(const File& file, uint64_t offset,
                                              std::span<char> buffer) = 0;
  [[nodiscard]] virtual Status SyncData(const File& file) = 0;  // fdatasync
  [[nodiscard]] virtual Status SyncFolder(const std::string& path) = 0;

  [[nodiscard]] virtual Status MakeFolders(const std::string& path) = 0;  // like mkdir -p
  [[nodiscard]] virtual Status Rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual Status Remove(
      const std::string& path) = 0;  // a missing file is not an error
  [[nodiscard]] virtual Result<uint64_t> FileSize(const std::string& path) = 0;
  [[nodiscard]] virtual Result<std::vector<std::string>> List(
      const std::string& path) = 0;  // names
  // What the folder occupies, as du would count it: blocks, of all files and folders below.
  [[nodiscard]] virtual Result<uint64_t> FolderUsage(const std::string& path) = 0;
  // What the file system below the folder still has for us.
  [[nodiscard]] virtual Result<uint64_t> FreeBytes(const std::string& path) = 0;
  // The folder and all below it; a missing one is not an error.
  [[nodiscard]] virtual Status RemoveTree(const std::string& path) = 0;
  // May this process use a folder there, or make it if it is missing? kInvalid: no, and that is for
  // a person to change: something there is a file, or belongs to somebody else. Whatever else is
  // wrong is told by the calls that meet it.
  [[nodiscard]] virtual Status CheckFolder(const std::string& path) = 0;
};

class PosixDisk final : public Disk {
 public:
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
  Status RemoveTree(const std::string& path) override;
  Status CheckFolder(const std::string& path) override;
};

}  // namespace longshore
