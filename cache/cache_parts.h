#pragma once

#include <atomic>
#include <string>

#include "cache/access_log.h"
#include "cache/base/clock.h"
#include "cache/base/disk.h"
#include "cache/base/thread_pool.h"
#include "cache/blob_files.h"
#include "cache/budget.h"
#include "cache/cache_stats.h"
#include "cache/catalog.h"
#include "cache/codec/frame.h"
#include "cache/disk_health.h"
#include "cache/open_blobs.h"
#include "cache/quarantine.h"
#include "cache/reclaimer.h"
#include "cache/remover.h"
#include "cache/resident_set.h"

namespace longshore {

class Compressor;
class FirstReads;
class Pins;

// What the pool-side code of one cache works with; the cache owns all of it and outlives every job.
struct CacheParts {
  Disk& disk;
  const Clock& clock;
  ThreadPool& pool;
  CacheStats& stats;
  BlobFiles& files;
  Budget& budget;
  Catalog& catalog;
  ResidentSet& residents;
  OpenBlobs& open;
  Remover& remover;
  Quarantine& quarantine;
  Reclaimer& reclaimer;
  AccessLog& accesses;
  Compressor& compressor;
  FirstReads& first_reads;
  DiskHealth& health;
  Pins& pins;
  std::string boot_id;  // of the running kernel; empty if it cannot be told
  // How often a fill is recorded: bytes written between records, and between syncs (each followed
  // by a record).
  uint64_t record_every = 2 << 20;
  uint64_t sync_every = 256 << 20;
  size_t frame_bytes = codec::kFrameBytes;  // of a compressed blob
  // What running fills have still to write: the file system must have it beside what is asked for.
  // Shared with the fills: who holds one may outlive the cache.
  std::shared_ptr<std::atomic<uint64_t>> unwritten_bytes =
      std::make_shared<std::atomic<uint64_t>>(0);
};

}  // namespace longshore
