#include "cache/index/rocks_index_files.h"

#include <string>
#include <utility>

namespace longshore {
namespace {

using rocksdb::DataVerificationInfo;
using rocksdb::DirFsyncOptions;
using rocksdb::FileOptions;
using rocksdb::FSDirectory;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus Retryable(IOStatus status) {
  if (!status.ok()) status.SetRetryable(true);
  return status;
}

class WritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
  using Base = rocksdb::FSWritableFileOwnerWrapper;

 public:
  using Base::Base;

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return Retryable(Base::Append(data, options, debug));
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const DataVerificationInfo& info,
                  IODebugContext* debug) override {
    return Retryable(Base::Append(data, options, info, debug));
  }
  IOStatus PositionedAppend(const Slice& data, uint64_t offset, const IOOptions& options,
                            IODebugContext* debug) override {
    return Retryable(Base::PositionedAppend(data, offset, options, debug));
  }
  IOStatus PositionedAppend(const Slice& data, uint64_t offset, const IOOptions& options,
                            const DataVerificationInfo& info, IODebugContext* debug) override {
    return Retryable(Base::PositionedAppend(data, offset, options, info, debug));
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    return Retryable(Base::Truncate(size, options, debug));
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    return Retryable(Base::Close(options, debug));
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    return Retryable(Base::Flush(options, debug));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return Retryable(Base::Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Retryable(Base::Fsync(options, debug));
  }
};

class Directory final : public rocksdb::FSDirectoryWrapper {
  using Base = rocksdb::FSDirectoryWrapper;

 public:
  using Base::Base;

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Retryable(Base::Fsync(options, debug));
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const DirFsyncOptions& how) override {
    return Retryable(Base::FsyncWithDirOptions(options, debug, how));
  }
};

class Files final : public rocksdb::FileSystemWrapper {
  using Base = rocksdb::FileSystemWrapper;

 public:
  using Base::Base;
  const char* Name() const override { return "longshore.retryable"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<FSWritableFile>* file, IODebugContext* debug) override {
    return Wrap(Base::NewWritableFile(path, options, file, debug), file);
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<FSWritableFile>* file,
                              IODebugContext* debug) override {
    return Wrap(Base::ReopenWritableFile(path, options, file, debug), file);
  }
  IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                             const FileOptions& options, std::unique_ptr<FSWritableFile>* file,
                             IODebugContext* debug) override {
    return Wrap(Base::ReuseWritableFile(path, old_path, options, file, debug), file);
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<FSDirectory>* folder, IODebugContext* debug) override {
    IOStatus status = Base::NewDirectory(path, options, folder, debug);
    if (status.ok()) *folder = std::make_unique<Directory>(std::move(*folder));
    return Retryable(std::move(status));
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    return Retryable(Base::RenameFile(from, to, options, debug));
  }

 private:
  static IOStatus Wrap(IOStatus status, std::unique_ptr<FSWritableFile>* file) {
    if (status.ok()) *file = std::make_unique<WritableFile>(std::move(*file));
    return Retryable(std::move(status));
  }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> RetryableFiles() {
  return std::make_shared<Files>(rocksdb::FileSystem::Default());
}

}  // namespace longshore
