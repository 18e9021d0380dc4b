#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace longshore {

// Learns from the requests themselves how likely an object is to be used again, given how often it
// was used and how long ago: the hazard of renewal, as survival analysis estimates it (events over
// time at risk, counting those that are still waiting), in classes of uses and half-octaves of age.
//
// A wait begins when an object is stored or used and ends when it is used again or forgotten; every
// wait that begins ends once, with the same class and beginning. Time is counted in ticks that the
// caller defines. Pure, deterministic, not thread-safe; 30 KiB, whatever the number of objects.
class ReuseRates {
 public:
  using Ticks = uint64_t;
  static constexpr unsigned kClasses = 11;
  static constexpr unsigned kMaxUses = 127;  // more count as this many

  static unsigned ClassOf(unsigned uses);  // 1 use and more

  ReuseRates();

  void Began(unsigned uses_class, Ticks now);
  void Used(unsigned uses_class, Ticks began, Ticks now);
  void Forgotten(unsigned uses_class, Ticks began, Ticks now);
  // To be called every few hundred requests, in time's order: how long ago the waits began that
  // have not ended is known as precisely as epochs are short.
  void BeginEpoch(Ticks now);
  // Takes what was seen so far into Rate. Costs about ten microseconds.
  void Learn(Ticks now);

  // Uses expected in a tick of an object that has waited for `age`, over the best stretch of time
  // from then on: the Gittins index, which sees that something used every hour is worth its wait.
  double Rate(unsigned uses_class, Ticks age) const;

 private:
  static constexpr unsigned kBuckets = 66;  // half-octaves of age
  static constexpr size_t kEpochs = 64;

  // Waits that ended, or wait still, at an age in the bucket, and the ticks they spent inside it.
  struct Bucket {
    double uses = 0;
    double ends = 0;
    double spent = 0;
  };
  using Ages = std::array<Bucket, kBuckets>;

  // Waits that began in [start, the next epoch's start) and have not ended.
  struct Epoch {
    Ticks start = 0;
    std::array<uint64_t, kClasses> waiting{};
  };

  static unsigned BucketOf(Ticks age);
  static double Start(unsigned bucket);
  static double Middle(unsigned bucket) { return (Start(bucket) + Start(bucket + 1)) / 2; }
  static double Expected(unsigned uses_class, unsigned bucket);
  static void End(Ages& ages, Ticks age, double weight);

  Epoch& EpochOf(Ticks began);
  uint64_t Waiting() const;
  void MergeEpochs(Ticks now);
  void FadeOld();
  void LearnClass(unsigned uses_class, Ticks now);

  std::array<Ages, kClasses> ended_{};
  double ended_count_ = 0;
  std::vector<Epoch> epochs_;  // oldest first
  std::array<std::array<double, kBuckets>, kClasses> rates_{};
};

}  // namespace longshore
