#pragma once

#include <atomic>
#include <cstdint>

namespace longshore {

// Monotonic except used_bytes; readable from any thread without a lock.
struct CacheStats {
  std::atomic<uint64_t> capacity_bytes{0};
  std::atomic<uint64_t> used_bytes{0};  // what counts against capacity: files and index
  std::atomic<uint64_t> evictions{0};   // objects
  std::atomic<uint64_t> evicted_bytes{0};
  std::atomic<uint64_t> evicted_young_bytes{0};  // of those, blobs sealed less than an hour before
  std::atomic<uint64_t> digest_mismatches{0};
  std::atomic<uint64_t> index_errors{0};
  std::atomic<uint64_t> disk_errors{0};
  std::atomic<uint64_t> compressed_blobs{0};
  std::atomic<uint64_t> compression_saved_bytes{0};  // identity bytes less stored bytes
};

}  // namespace longshore
