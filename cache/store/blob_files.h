#pragma once

#include <string>

#include "cache/base/digest.h"
#include "cache/base/disk.h"
#include "cache/base/result.h"
#include "cache/index/records.h"

namespace longshore {

// Where files lie under the cache folder, and the steps that move them. Paths given and returned
// are relative to that folder. Blocks: pool and start-up only. Thread-safe; calls for one digest
// must not overlap.
class BlobFiles {
 public:
  struct Staging {
    std::string name;  // inside staging/
    FilePtr file;
  };

  BlobFiles(std::string root, Disk& disk) : root_(std::move(root)), disk_(disk) {}
  BlobFiles(const BlobFiles&) = delete;
  BlobFiles& operator=(const BlobFiles&) = delete;

  // blobs/<algo>/<2 hex>/<hex> for identity bytes, the same and ".zst" for frames.
  static std::string SealedPath(const Digest& digest,
                                BlobEncoding encoding = BlobEncoding::kIdentity);
  static std::string StagingPath(const std::string& name);           // staging/<name>
  static std::string StagingName(const Digest& digest, unsigned n);  // <algo>-<hex>.<n>

  const std::string& root() const { return root_; }  // the cache folder
  std::string Absolute(const std::string& path) const { return root_ + "/" + path; }
  Disk& disk() const { return disk_; }

  [[nodiscard]] Status MakeFolders();  // those that every cache has
  [[nodiscard]] Result<Staging> CreateStaging(const Digest& digest);
  [[nodiscard]] Result<FilePtr> OpenStaging(const std::string& name);
  [[nodiscard]] Result<FilePtr> OpenSealed(const Digest& digest, BlobEncoding encoding);
  // The file's data is durable. On success its name among the sealed is, too; after a failure it
  // may stand under either name.
  [[nodiscard]] Status MoveToSealed(const std::string& staging_name, const Digest& digest,
                                    BlobEncoding encoding = BlobEncoding::kIdentity);
  [[nodiscard]] Result<uint64_t> Size(const std::string& path);
  [[nodiscard]] Status Remove(const std::string& path);

 private:
  const std::string root_;
  Disk& disk_;
};

}  // namespace longshore
