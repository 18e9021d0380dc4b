#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>

#include "cache/base/mutex.h"
#include "cache/base/unique_function.h"

namespace longshore {

// Calls that wait for a job of the pool, and must not wait for a disk that does not answer: each is
// answered once, by its job, or, before that comes to it, by what was said for this case.
// Thread-safe; one leaf lock; never blocks. Outlives the tickets.
class WaitingCalls {
 public:
  // The job's part of a call. If it goes unredeemed, as the job is dropped, so does the call.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept
        : calls_(std::exchange(other.calls_, nullptr)), id_(other.id_) {}
    Ticket& operator=(Ticket&&) = delete;
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() { (void)Redeem(); }

    // False: it was given up, and its work would be for nobody.
    bool IsWanted() const;
    // False: it was given up. Otherwise the answer is now the caller's to give.
    [[nodiscard]] bool Redeem();

   private:
    friend class WaitingCalls;
    Ticket(WaitingCalls* calls, uint64_t id) : calls_(calls), id_(id) {}
    WaitingCalls* calls_;
    uint64_t id_;
  };

  WaitingCalls() = default;
  WaitingCalls(const WaitingCalls&) = delete;
  WaitingCalls& operator=(const WaitingCalls&) = delete;

  // `give_up` is run by GiveUpAll, if at all.
  [[nodiscard]] Ticket Add(Task give_up);
  void GiveUpAll();

 private:
  Mutex mutex_;
  uint64_t last_id_ GUARDED_BY(mutex_) = 0;
  std::unordered_map<uint64_t, Task> waiting_ GUARDED_BY(mutex_);
};

}  // namespace longshore
