#pragma once

#include <cstdint>
#include <optional>

#include "cache/base/clock.h"

namespace longshore {

// How often the transfers of a fetch may break before it is given up, and how long nothing is
// started after each time. Pure; time comes as an argument.
//
// Of transfers that began together one break counts. What is refused for now while others deliver
// is waited out, but it is no break: too much was asked for at once, or somebody else has. A row of
// breaks is the end where nothing else delivers, and where what should brings nothing.
class FetchBreaks {
 public:
  static constexpr int kMost = 3;                   // in a row
  static constexpr uint64_t kProgress = 64 * 1024;  // bytes of one transfer: its break begins a row
  static constexpr Duration kFirstWait{200};        // doubled each time in a row
  // However long the upstream asks to be left alone: readers may hold a transfer of so little for
  // broken.
  static constexpr Duration kLongestWait{4'000};
  // All transfers together bring so much in that time, or they do not deliver. Less than what each
  // has to bring to be no broken one.
  static constexpr uint64_t kLeast = 16 * 1024;
  static constexpr Duration kLeastSpan{30'000};

  struct Break {
    TimePoint began;        // the transfer
    uint64_t received = 0;  // by all of them, since the fetch began
    Duration asked{0};      // "not now": for how long. Zero: it is no refusal
    bool others_deliver = false;
  };

  // A transfer ended well, or broke after kProgress.
  void OnProgress() { count_ = 0; }
  // How long nothing is to be started from now on. Nothing: it is hopeless.
  std::optional<Duration> OnBreak(TimePoint now, const Break& what);
  // As many in a row were before the last one: there is nothing new in it.
  bool IsOldNews() const { return count_ > kMost; }

 private:
  bool Counts(const Break& what) const;
  bool IsAtStandstill(TimePoint now, uint64_t received);

  int count_ = 0;  // in a row
  std::optional<TimePoint> counted_at_;
  TimePoint moved_at_;  // when so much had come
  uint64_t moved_to_ = 0;
  TimePoint wait_ends_;
};

}  // namespace longshore
