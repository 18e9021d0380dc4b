#pragma once

#include <atomic>
#include <string>

#include "cache/base/clock.h"
#include "cache/base/disk.h"
#include "cache/base/thread_pool.h"
#include "cache/codec/frame.h"
#include "cache/eviction/resident_set.h"
#include "cache/health/cache_stats.h"
#include "cache/health/disk_health.h"
#include "cache/store/access_log.h"
#include "cache/store/blob_files.h"
#include "cache/store/budget.h"
#include "cache/store/catalog.h"
#include "cache/store/open_blobs.h"
#include "cache/store/quarantine.h"
#include "cache/store/reclaimer.h"
#include "cache/store/remover.h"

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
