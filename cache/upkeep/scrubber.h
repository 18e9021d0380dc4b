#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cache/base/clock.h"
#include "cache/base/unique_function.h"
#include "cache/index/records.h"
#include "cache/store/blob_proof.h"
#include "cache/store/cache_parts.h"

namespace longshore {

// Finds bit rot before a client does: proves every sealed blob anew once a `period`. A pass goes
// through the blob records in key order and leaves out what was proven (sealed, compressed, read)
// since it began; the next begins a period after it began. How far it is stands in the index, so a
// restart goes on from there.
//
// Rate: what is stored, spread over four fifths of the period; a blob that was begun is read on at
// kMostBytesATick at most, and what it took too much is waited for afterwards. Whoever else wants
// the pool goes first: nothing is read while kBusyJobs are waiting, nor while the disk is in
// trouble. A blob that proves wrong, or cannot be read, is distrusted and removed as soon as nobody
// reads it (BlobStore::Find). Thread-safe; Consider never blocks; one job at a time.
class Scrubber {
 public:
  static constexpr uint64_t kMostBytesATick = 32 << 20;
  static constexpr size_t kBusyJobs = 4;

  using RemoveCorrupt = UniqueFunction<void(const Digest&)>;

  // `period` 0: off.
  Scrubber(CacheParts& parts, Duration period, RemoveCorrupt remove)
      : parts_(parts), period_(period), remove_(std::move(remove)) {}
  Scrubber(const Scrubber&) = delete;
  Scrubber& operator=(const Scrubber&) = delete;

  // About once a second: works on if that is due.
  void Consider();

 private:
  struct Current {
    Digest digest;
    OpenProof proof;
  };
  void Turn();
  void Earn();
  [[nodiscard]] bool Load();
  [[nodiscard]] bool BeginPass();
  [[nodiscard]] Status Advance();
  [[nodiscard]] Result<std::optional<std::string>> NextDue();
  [[nodiscard]] Status Open(const std::string& key);
  void Step();
  void End(bool is_right);
  void EndPass();
  void Save();

  CacheParts& parts_;
  const Duration period_;
  RemoveCorrupt remove_;
  std::atomic<bool> running_{false};

  // The job's own.
  std::optional<ScrubRecord> progress_;  // once it was read
  bool resting_ = false;                 // this pass is complete
  std::optional<Current> current_;
  TimePoint earned_at_{};
  double tokens_ = 0;         // bytes that may be read; negative: too many were
  uint64_t left_ = 0;         // of this tick
  uint64_t stored_read_ = 0;  // of the current blob, counted already
};

}  // namespace longshore
