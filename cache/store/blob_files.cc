#include "cache/store/blob_files.h"

namespace longshore {
namespace {

std::string SealedFolder(const Digest& digest) {
  return "blobs/" + std::string(digest.AlgorithmName()) + "/" + digest.Hex().substr(0, 2);
}

}  // namespace

std::string BlobFiles::SealedPath(const Digest& digest, BlobEncoding encoding) {
  const std::string path = SealedFolder(digest) + "/" + digest.Hex();
  return encoding == BlobEncoding::kZstdFrames ? path + ".zst" : path;
}

std::string BlobFiles::StagingPath(const std::string& name) {
  return "staging/" + name;
}

std::string BlobFiles::StagingName(const Digest& digest, unsigned n) {
  return std::string(digest.AlgorithmName()) + "-" + digest.Hex() + "." + std::to_string(n);
}

Status BlobFiles::MakeFolders() {
  for (const char* folder : {"index", "blobs/sha256", "blobs/sha512", "staging", "quarantine"}) {
    if (auto made = disk_.MakeFolders(Absolute(folder)); !made) return made;
  }
  for (const char* folder : {"blobs", "."}) {
    if (auto synced = disk_.SyncFolder(Absolute(folder)); !synced) return synced;
  }
  return {};
}

Result<BlobFiles::Staging> BlobFiles::CreateStaging(const Digest& digest) {
  // A name may still be taken by a file whose removal failed.
  constexpr unsigned kNames = 8;
  Result<FilePtr> file = Fail(Code::kInternal, "no staging name was tried");
  for (unsigned n = 0; n < kNames; ++n) {
    std::string name = StagingName(digest, n);
    if (disk_.FileSize(Absolute(StagingPath(name)))) continue;
    file = disk_.Create(Absolute(StagingPath(name)));
    if (file) return Staging{std::move(name), std::move(*file)};
    if (file.error().code != Code::kNotFound) break;
    if (auto made = disk_.MakeFolders(Absolute("staging")); !made) break;
  }
  return tl::unexpected(file.error());
}

Result<FilePtr> BlobFiles::OpenStaging(const std::string& name) {
  return disk_.OpenReadWrite(Absolute(StagingPath(name)));
}

Result<FilePtr> BlobFiles::OpenSealed(const Digest& digest, BlobEncoding encoding) {
  return disk_.OpenRead(Absolute(SealedPath(digest, encoding)));
}

Status BlobFiles::MoveToSealed(const std::string& staging_name, const Digest& digest,
                               BlobEncoding encoding) {
  const std::string from = Absolute(StagingPath(staging_name));
  const std::string folder = Absolute(SealedFolder(digest));
  const std::string to = Absolute(SealedPath(digest, encoding));
  auto moved = disk_.Rename(from, to);
  if (!moved && moved.error().code == Code::kNotFound) {
    // The first blob of its folder: the folder's own name must survive a power cut, too.
    if (auto made = disk_.MakeFolders(folder); !made) return made;
    const std::string parent = folder.substr(0, folder.rfind('/'));
    if (auto synced = disk_.SyncFolder(parent); !synced) return synced;
    moved = disk_.Rename(from, to);
  }
  if (!moved) return moved;
  return disk_.SyncFolder(folder);
}

Result<uint64_t> BlobFiles::Size(const std::string& path) {
  return disk_.FileSize(Absolute(path));
}

Status BlobFiles::Remove(const std::string& path) {
  return disk_.Remove(Absolute(path));
}

}  // namespace longshore
