#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <utility>
#include <vector>

#include "cache/base/clock.h"
#include "cache/base/digest.h"
#include "cache/base/mutex.h"
#include "cache/index/object_key.h"

namespace longshore {

// Uses as whoever serves them notes them: appended to a stripe of the thread's own, so that loops
// do not wait for one another. Thread-safe; one leaf lock a stripe; never blocks.
class UseNotes {
 public:
  struct Object {
    Digest digest;
    ObjectKind kind = ObjectKind::kBlob;
    bool operator==(const Object&) const = default;
    struct Hash {
      size_t operator()(const Object& object) const {
        return static_cast<size_t>(MakeObjectKey(object.kind, object.digest));
      }
    };
  };
  struct Use {
    Object object;
    TimePoint at;
  };
  // Of a size that the job which takes it is over in a tenth of a millisecond: on a machine of one
  // core, requests wait for it.
  static constexpr size_t kBatch = 128;
  static constexpr size_t kMost = 64 * kBatch;  // in a stripe; more are lost until they are taken

  // True: the stripe has just come to hold a batch, so Take is due.
  bool Add(const Use& use) {
    Stripe& stripe = stripes_[OwnStripe()];
    MutexLock lock(stripe.mutex);
    if (stripe.uses.size() >= kMost) return false;
    if (stripe.uses.empty()) stripe.uses.reserve(kBatch);  // what was there went with Take
    stripe.uses.push_back(use);
    return stripe.uses.size() == kBatch;
  }

  // All that was noted; of each thread in its order.
  std::vector<Use> Take() {
    std::vector<Use> all;
    for (Stripe& stripe : stripes_) {
      std::vector<Use> taken;
      {
        MutexLock lock(stripe.mutex);
        taken.swap(stripe.uses);
      }
      if (all.empty()) {
        all = std::move(taken);
      } else {
        all.insert(all.end(), taken.begin(), taken.end());
      }
    }
    return all;
  }

 private:
  static constexpr size_t kStripes = 16;

  struct alignas(64) Stripe {
    Mutex mutex;
    std::vector<Use> uses GUARDED_BY(mutex);
  };

  static size_t OwnStripe() {
    static std::atomic<size_t> threads{0};
    thread_local const size_t own = threads++ % kStripes;
    return own;
  }

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace longshore
