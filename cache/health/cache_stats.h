#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace longshore {

// Monotonic except used_bytes, what the index holds, what_if, scrub_last_pass_at and troubles;
// readable from any thread without a lock.
struct CacheStats {
  struct HitRatios {  // 0 to 1
    std::atomic<double> object{0};
    std::atomic<double> byte{0};
  };
  static constexpr std::array<double, 3> kWhatIfScales = {0.5, 2, 4};

  std::atomic<uint64_t> capacity_bytes{0};
  std::atomic<uint64_t> used_bytes{0};  // what counts against capacity: files and index
  // What the index holds in memory (index.h), as last measured.
  std::atomic<uint64_t> index_block_cache_bytes{0};
  std::atomic<uint64_t> index_write_buffer_bytes{0};
  std::atomic<uint64_t> index_table_reader_bytes{0};
  std::atomic<uint64_t> evictions{0};  // objects
  std::atomic<uint64_t> evicted_bytes{0};
  std::atomic<uint64_t> evicted_young_bytes{0};  // of those, blobs sealed less than an hour before
  std::atomic<uint64_t> digest_mismatches{0};
  std::atomic<uint64_t> index_errors{0};
  std::atomic<uint64_t> disk_errors{0};
  std::atomic<uint64_t> compressed_blobs{0};
  std::atomic<uint64_t> compression_saved_bytes{0};     // identity bytes less stored bytes
  std::array<HitRatios, kWhatIfScales.size()> what_if;  // with that many times the disk
  std::atomic<uint64_t> corrupt_blobs{0};   // stored ones that no longer have their digest's bytes
  std::atomic<uint64_t> scrubbed_bytes{0};  // of files, read to be proven again
  std::atomic<uint64_t> scrub_last_pass_at{0};  // Unix seconds; 0: none was ever completed

  // What is wrong with the disk now; see disk_health.h.
  enum class Trouble : uint8_t { kNoSpace, kIo, kStuck, kNoRoom, kIndexDamaged };
  static constexpr size_t kTroubles = 5;
  static constexpr std::array<std::string_view, kTroubles> kTroubleNames = {
      "no_space", "io", "stuck", "no_room", "index_damaged"};
  std::array<std::atomic<uint64_t>, kTroubles> troubles{};  // 1: it is so
};

}  // namespace longshore
