#pragma once

#include "cache/health/disk_health.h"
#include "cache/store/blob_files.h"

namespace longshore {

// Notices that the cache folder below the running process is not what it was: it was emptied or
// removed, or another file system is mounted over it. The index, which is open, is then of no use
// to the next start. It is called damaged, so that a person learns of it and that start makes it
// anew, and the folders are made again, so that what is stored from now on is found there.
class FolderWatch {
 public:
  FolderWatch(BlobFiles& files, DiskHealth& health) : files_(files), health_(health) {}
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  void Look();  // now and then. Blocks: pool only, one thread at a time

 private:
  BlobFiles& files_;
  DiskHealth& health_;
};

}  // namespace longshore
