#include "cache/base/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace longshore {
namespace {

tl::unexpected<Error> Failure(int error, std::string_view what, std::string_view path) {
  Code code = Code::kIo;
  if (error == ENOENT) code = Code::kNotFound;
  if (error == ENOSPC || error == EDQUOT) code = Code::kNoSpace;
  std::string message(what);
  message += ' ';
  message += path;
  message += ": " + std::system_category().message(error);
  return Fail(code, std::move(message));
}

Result<FilePtr> Open(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0640);
  if (fd < 0) return Failure(errno, "cannot open", path);
  return std::make_shared<File>(fd);
}

tl::unexpected<Error> NotAllowed(const std::string& path) {
  const std::string user = std::to_string(::geteuid());
  return Fail(Code::kInvalid, "user " + user + " may not write in " + path +
                                  ": make it that user's (chown -R " + user + " " + path +
                                  "), or set another cache.path");
}

}  // namespace

File::~File() {
  ::close(fd_);
}

Result<FilePtr> PosixDisk::OpenRead(const std::string& path) {
  return Open(path, O_RDONLY);
}
Result<FilePtr> PosixDisk::OpenReadWrite(const std::string& path) {
  return Open(path, O_RDWR);
}
Result<FilePtr> PosixDisk::Create(const std::string& path) {
  return Open(path, O_RDWR | O_CREAT | O_EXCL);
}

Status PosixDisk::WriteAt(const File& file, uint64_t offset, std::string_view data) {
  while (!data.empty()) {
    const ssize_t n = ::pwrite(file.fd(), data.data(), data.size(), static_cast<off_t>(offset));
    if (n < 0) {
      if (errno == EINTR) continue;
      return Failure(errno, "cannot write", "a cache file");
    }
    data.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return {};
}

Result<size_t> PosixDisk::ReadAt(const File& file, uint64_t offset, std::span<char> buffer) {
  size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t n = ::pread(file.fd(), buffer.data() + done, buffer.size() - done,
                              static_cast<off_t>(offset + done));
    if (n < 0) {
      if (errno == EINTR) continue;
      return Failure(errno, "cannot read", "a cache file");
    }
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

Status PosixDisk::SyncData(const File& file) {
  if (::fdatasync(file.fd()) != 0) return Failure(errno, "cannot sync", "a cache file");
  return {};
}

Status PosixDisk::SyncFolder(const std::string& path) {
  auto folder = Open(path, O_RDONLY | O_DIRECTORY);
  if (!folder) return tl::unexpected(folder.error());
  if (::fsync((*folder)->fd()) != 0) return Failure(errno, "cannot sync", path);
  return {};
}

Status PosixDisk::MakeFolders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Failure(error.value(), "cannot create", path);
  return {};
}

Status PosixDisk::Rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return Failure(errno, "cannot rename", from);
  return {};
}

Status PosixDisk::Remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Failure(errno, "cannot remove", path);
  return {};
}

Result<uint64_t> PosixDisk::FileSize(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return Failure(errno, "cannot stat", path);
  return static_cast<uint64_t>(info.st_size);
}

Result<std::vector<std::string>> PosixDisk::List(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator it(path, error), end; !error && it != end;
       it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) return Failure(error.value(), "cannot list", path);
  return names;
}

Result<uint64_t> PosixDisk::FolderUsage(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return Failure(errno, "cannot stat", path);
  uint64_t bytes = static_cast<uint64_t>(info.st_blocks) * 512;
  if (!S_ISDIR(info.st_mode)) return bytes;
  auto names = List(path);
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    std::string inside = path;
    inside += '/';
    inside += name;
    auto below = FolderUsage(inside);
    // What goes away while we look no longer counts.
    if (!below && below.error().code != Code::kNotFound) return below;
    if (below) bytes += *below;
  }
  return bytes;
}

Result<uint64_t> PosixDisk::FreeBytes(const std::string& path) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) return Failure(errno, "cannot stat", path);
  return uint64_t{info.f_bavail} * info.f_frsize;
}

Status PosixDisk::CheckFolder(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == EACCES) return NotAllowed(path);
    if (errno != ENOENT && errno != ENOTDIR) return {};
    const std::string above = std::filesystem::path(path).parent_path().string();
    if (above == path) return {};
    return CheckFolder(above.empty() ? "." : above);
  }
  if (!S_ISDIR(info.st_mode)) {
    return Fail(Code::kInvalid,
                path + " is a file: remove it, or set cache.path to a folder or to nothing yet");
  }
  const bool refused = ::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) != 0;
  if (refused && (errno == EACCES || errno == EPERM)) return NotAllowed(path);
  return {};
}

Status PosixDisk::RemoveTree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return Failure(error.value(), "cannot remove", path);
  return {};
}

}  // namespace longshore
