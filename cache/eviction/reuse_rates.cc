#include "cache/eviction/reuse_rates.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace longshore {
namespace {

// What is believed before anything was seen, worth this many uses a bucket.
constexpr double kBeliefWeight = 2;
// Waits that ended before the older of them begin to count less.
constexpr double kMemory = 1 << 18;

// Uses of a typical member of each class.
constexpr std::array<double, ReuseRates::kClasses> kTypicalUses = {1,  2,  3,  4,  5, 6.5,
                                                                   10, 14, 24, 48, 96};

struct Stretch {
  double uses = 0;
  double at_risk = 0;
  double Rate() const { return uses / at_risk; }
};

}  // namespace

unsigned ReuseRates::ClassOf(unsigned uses) {
  if (uses <= 4) return uses - 1;
  const auto octave = static_cast<unsigned>(std::bit_width(uses)) - 1;
  if (uses < 16) return 2 * octave + (uses >> (octave - 1) & 1);
  return octave + 4;
}

ReuseRates::ReuseRates() : epochs_(1) {
  for (unsigned uses_class = 0; uses_class < kClasses; ++uses_class) LearnClass(uses_class, 0);
}

void ReuseRates::Began(unsigned uses_class, Ticks now) {
  ++EpochOf(now).waiting[uses_class];
}

void ReuseRates::Used(unsigned uses_class, Ticks began, Ticks now) {
  Forgotten(uses_class, began, now);
  ++ended_[uses_class][BucketOf(now - began)].uses;
}

void ReuseRates::Forgotten(unsigned uses_class, Ticks began, Ticks now) {
  --EpochOf(began).waiting[uses_class];
  End(ended_[uses_class], now - began, 1);
  ++ended_count_;
}

void ReuseRates::Learn(Ticks now) {
  for (unsigned uses_class = 0; uses_class < kClasses; ++uses_class) LearnClass(uses_class, now);
}

void ReuseRates::BeginEpoch(Ticks now) {
  FadeOld();
  if (now == epochs_.back().start) return;
  if (epochs_.size() == kEpochs) MergeEpochs(now);
  epochs_.push_back({now, {}});
}

// Between the middles of two buckets the rate runs straight: a step would favour whoever is just
// short of it.
double ReuseRates::Rate(unsigned uses_class, Ticks age) const {
  const auto& rates = rates_[uses_class];
  const unsigned bucket = BucketOf(age);
  const auto at = static_cast<double>(age);
  const unsigned low = at < Middle(bucket) && bucket > 0 ? bucket - 1 : bucket;
  if (low + 1 >= kBuckets) return rates[kBuckets - 1];
  const double part = (at - Middle(low)) / (Middle(low + 1) - Middle(low));
  return rates[low] + std::max(part, 0.0) * (rates[low + 1] - rates[low]);
}

// 0, 1, [2, 3), [3, 4), [4, 6), [6, 8), [8, 12) …
unsigned ReuseRates::BucketOf(Ticks age) {
  if (age < 2) return static_cast<unsigned>(age);
  const auto octave = static_cast<unsigned>(std::bit_width(age)) - 1;
  return std::min(2 * octave + static_cast<unsigned>(age >> (octave - 1) & 1), kBuckets - 1);
}

double ReuseRates::Start(unsigned bucket) {
  if (bucket < 2) return bucket;
  return std::ldexp(bucket % 2 == 0 ? 1.0 : 1.5, static_cast<int>(bucket / 2));
}

// The longer ago and the fewer the uses, the less likely; the figures are those of registry traces,
// and soon outweighed.
double ReuseRates::Expected(unsigned uses_class, unsigned bucket) {
  return 0.15 * kTypicalUses[uses_class] / (Middle(bucket) + 128);
}

void ReuseRates::End(Ages& ages, Ticks age, double weight) {
  const unsigned bucket = BucketOf(age);
  ages[bucket].ends += weight;
  ages[bucket].spent += weight * (static_cast<double>(age) - Start(bucket));
}

ReuseRates::Epoch& ReuseRates::EpochOf(Ticks began) {
  if (began >= epochs_.back().start) return epochs_.back();  // what is used again and again
  const auto after =
      std::upper_bound(epochs_.begin() + 1, epochs_.end(), began,
                       [](Ticks time, const Epoch& epoch) { return time < epoch.start; });
  return *(after - 1);
}

uint64_t ReuseRates::Waiting() const {
  uint64_t count = 0;
  for (const Epoch& epoch : epochs_) {
    for (const uint64_t waiting : epoch.waiting) count += waiting;
  }
  return count;
}

// Joins the two neighbours whose ages differ least, in proportion.
void ReuseRates::MergeEpochs(Ticks now) {
  size_t best = 0;
  double least = 0;
  for (size_t i = 0; i + 2 < epochs_.size(); ++i) {
    const auto span = static_cast<double>(epochs_[i + 2].start - epochs_[i].start);
    const double share = span / static_cast<double>(now - epochs_[i].start);
    if (i > 0 && share >= least) continue;
    least = share;
    best = i;
  }
  for (unsigned k = 0; k < kClasses; ++k) epochs_[best].waiting[k] += epochs_[best + 1].waiting[k];
  epochs_.erase(epochs_.begin() + static_cast<std::ptrdiff_t>(best) + 1);
}

// What ended long ago counts half, again and again. Never so much that those who wait, of whom none
// is discounted, would weigh on it.
void ReuseRates::FadeOld() {
  if (ended_count_ < kMemory || ended_count_ < 8 * static_cast<double>(Waiting())) return;
  ended_count_ /= 2;
  for (Ages& ages : ended_) {
    for (Bucket& bucket : ages) {
      bucket.uses /= 2;
      bucket.ends /= 2;
      bucket.spent /= 2;
    }
  }
}

void ReuseRates::LearnClass(unsigned uses_class, Ticks now) {
  Ages ages = ended_[uses_class];
  for (size_t i = 0; i < epochs_.size(); ++i) {
    const uint64_t waiting = epochs_[i].waiting[uses_class];
    const Ticks end = i + 1 < epochs_.size() ? epochs_[i + 1].start : now;
    if (waiting > 0) {
      End(ages, now - std::midpoint(epochs_[i].start, end), static_cast<double>(waiting));
    }
  }
  std::vector<Stretch> ahead;  // from the bucket on, each of a lower rate than the one before
  double beyond = 0;           // waits that outlasted the bucket
  for (unsigned bucket = kBuckets; bucket-- > 0;) {
    const double width = Start(bucket + 1) - Start(bucket);
    const double at_risk = ages[bucket].spent + beyond * width;
    Stretch stretch{ages[bucket].uses + kBeliefWeight,
                    at_risk + kBeliefWeight / Expected(uses_class, bucket)};
    while (!ahead.empty() && ahead.back().Rate() > stretch.Rate()) {
      stretch.uses += ahead.back().uses;
      stretch.at_risk += ahead.back().at_risk;
      ahead.pop_back();
    }
    ahead.push_back(stretch);
    rates_[uses_class][bucket] = stretch.Rate();
    beyond += ages[bucket].ends;
  }
}

}  // namespace longshore
