#pragma once

#include <cstdint>
#include <random>

namespace longshore {

// When the disk and the index of a test fail. Both count their operations here, so that one number
// names every step of a run. One thread.
class FaultPlan {
 public:
  explicit FaultPlan(uint64_t seed = 1) : random_(seed) {}

  void FailAt(uint64_t operation) { fail_at_ = operation; }  // that one fails, the rest work
  void DieAt(uint64_t operation) { die_at_ = operation; }    // that one and all after it fail
  void DieNow() { dead_ = true; }
  void Heal() { *this = FaultPlan(random_()); }

  // Counts one operation. True: it must fail.
  bool Fails() {
    ++count_;
    if (count_ == die_at_) dead_ = true;
    return dead_ || count_ == fail_at_;
  }
  uint64_t count() const { return count_; }
  bool dead() const { return dead_; }
  bool Reached() const { return count_ >= fail_at_ || count_ >= die_at_; }

  // Seeded choices: which of what was not synced survives.
  uint64_t Choose(uint64_t below) { return random_() % below; }

 private:
  std::mt19937_64 random_;
  uint64_t count_ = 0;
  uint64_t fail_at_ = UINT64_MAX;
  uint64_t die_at_ = UINT64_MAX;
  bool dead_ = false;
};

}  // namespace longshore
