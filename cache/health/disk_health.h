#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>

#include "cache/base/clock.h"
#include "cache/base/mutex.h"
#include "cache/base/result.h"
#include "cache/health/cache_stats.h"

namespace longshore {

// How the local disk and the index on it are doing, told by what they answered. In trouble, nothing
// new is stored (fills are refused, so blobs are streamed through; index batches fail at once), and
// what is stored is still served. Two kinds:
//   blocking  kNoSpace, kIo (a write failed), kStuck (an operation does not return): until a probe
//             (disk_probe.h) has written, synced and removed a file and a record
//   advisory  kNoRoom (the file system lacks room that the budget would give): a minute long, and
//             only what does not fit is streamed through; kIndexDamaged: until a start
//             has made it anew
// Thread-safe; one leaf lock; never blocks. Logs when trouble begins and ends, and failures
// in between at most once in kLogEvery, with the number of those not logged.
class DiskHealth {
 public:
  static constexpr Duration kStuckAfter{10'000};
  static constexpr Duration kNoRoomFor{60'000};
  static constexpr Duration kLogEvery{30'000};

  enum class Part : uint8_t { kDisk, kIndex };

  DiskHealth(const Clock& clock, CacheStats& stats) : clock_(clock), stats_(stats) {}
  DiskHealth(const DiskHealth&) = delete;
  DiskHealth& operator=(const DiskHealth&) = delete;

  // One operation under way, as long as this lives.
  class Operation {
   public:
    explicit Operation(DiskHealth& health) : health_(health), at_(health.Begin()) {}
    ~Operation() { health_.End(at_); }
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

   private:
    DiskHealth& health_;
    const std::list<TimePoint>::iterator at_;
  };

  // May fills begin?
  bool IsWell() const { return !blocked_.load(); }
  // Would whoever waits for the disk wait for long?
  bool IsStuck() const { return stuck_.load(); }
  // kNoSpace while writes fail: nobody need try.
  [[nodiscard]] Status CheckWrites() const;
  // Sentences for a person, joined by "; ". Empty: nothing is wrong.
  std::string Describe() const;

  // Counts and logs. A failure of a write is trouble from now on; one of a read is its file's.
  void ReadFailed(Part part, const Error& error);
  void WriteFailed(Part part, const Error& error);
  void NoRoom(uint64_t wanted, uint64_t free);
  void IndexDamaged(const Error& error);
  bool IsIndexDamaged() const;
  // It is being made anew (late_cache.h), and so much of the stored files is looked through: the
  // disk works again. To say so again is to say how far it is now.
  void Rebuilding(int percent);

  // Once a second: is anything stuck, has a minute passed?
  void Look();
  // A probe went through.
  void Recovered();

 private:
  using Reason = CacheStats::Trouble;
  std::list<TimePoint>::iterator Begin();
  void End(std::list<TimePoint>::iterator at);
  void Log(Part part, const Error& error);
  // True: it was not so before.
  bool Raise(Reason reason, std::string why) REQUIRES(mutex_);
  void Clear(Reason reason) REQUIRES(mutex_);
  void Publish() REQUIRES(mutex_);

  const Clock& clock_;
  CacheStats& stats_;
  std::atomic<bool> blocked_{false};
  std::atomic<bool> failing_{false};
  std::atomic<bool> stuck_{false};
  mutable Mutex mutex_;
  std::list<TimePoint> running_ GUARDED_BY(mutex_);  // operations under way, oldest first
  std::array<std::string, CacheStats::kTroubles> why_ GUARDED_BY(mutex_);  // empty: it is not so
  TimePoint no_room_at_ GUARDED_BY(mutex_){};
  TimePoint logged_at_ GUARDED_BY(mutex_){};
  bool logged_ GUARDED_BY(mutex_) = false;  // since trouble began, or ever
  uint64_t unlogged_ GUARDED_BY(mutex_) = 0;
};

}  // namespace longshore
