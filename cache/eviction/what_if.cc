#include "cache/eviction/what_if.h"

#include <algorithm>
#include <cmath>

namespace longshore {
namespace {

constexpr double kWindow = 1 << 17;  // requests; older ones count half, again and again

}  // namespace

WhatIf::WhatIf(uint64_t capacity, CacheStats& stats, size_t most_objects)
    : capacity_(capacity), most_objects_(most_objects), stats_(stats) {
  for (size_t i = 0; i < ghosts_.size(); ++i) {
    ghosts_[i].scale = CacheStats::kWhatIfScales[i];
    ghosts_[i].policy = MakeEvictionPolicy();
  }
}

void WhatIf::Note(std::span<const EvictionPolicy::Object> objects) {
  const ObjectKey largest = largest_key_.load(std::memory_order_relaxed);
  MutexLock lock(mutex_);
  for (const EvictionPolicy::Object& object : objects) {
    // An extent is a blob on its way.
    if (KindOf(object.key) == ObjectKind::kExtent) continue;
    if (noted_.sampled.size() >= kMostNoted) return;
    ++noted_.requests;
    noted_.bytes += static_cast<double>(object.bytes);
    if (object.key <= largest) noted_.sampled.push_back(object);
  }
}

void WhatIf::CatchUp() {
  Noted noted;
  {
    MutexLock lock(mutex_);
    if (busy_) return;
    busy_ = true;
    std::swap(noted, noted_);
  }
  if (noted.requests > 0) Replay(noted);
  MutexLock lock(mutex_);
  busy_ = false;
}

double WhatIf::SampledShare() const {
  return std::ldexp(static_cast<double>(largest_key_.load() + 1),
                    -static_cast<int>(kObjectKeyBits));
}

void WhatIf::Replay(const Noted& noted) {
  totals_.requests += noted.requests;
  totals_.bytes += noted.bytes;
  for (Ghost& ghost : ghosts_) {
    for (const EvictionPolicy::Object& object : noted.sampled) Replay(object, ghost);
  }
  const auto full = [this](const Ghost& ghost) { return ghost.policy->Count() > most_objects_; };
  while (std::any_of(ghosts_.begin(), ghosts_.end(), full)) HalveSample();
  if (totals_.requests > kWindow) Fade();
  Publish();
}

void WhatIf::Replay(EvictionPolicy::Object object, Ghost& ghost) {
  // It may have been noted just before the sample was halved.
  if (object.key > largest_key_.load()) return;
  if (ghost.policy->Access(object.key) > 0) return;
  // Of a sample of a tenth, each miss stands for ten. Misses are spread over many objects, hits are
  // not: whether the hottest one is in the sample must not matter.
  const double share = SampledShare();
  const auto capacity = static_cast<uint64_t>(static_cast<double>(capacity_) * ghost.scale * share);
  ghost.misses += 1 / share;
  ghost.missed_bytes += static_cast<double>(object.bytes) / share;
  if (object.bytes > capacity) return;
  while (ghost.policy->Bytes() + object.bytes > capacity) (void)ghost.policy->TakeVictim();
  ghost.policy->Insert(object);
}

void WhatIf::HalveSample() {
  const uint64_t largest = largest_key_.load() / 2;
  largest_key_ = largest;
  for (Ghost& ghost : ghosts_) {
    ghost.policy->RemoveIf([largest](ObjectKey key) { return key > largest; });
  }
}

void WhatIf::Fade() {
  totals_.requests /= 2;
  totals_.bytes /= 2;
  for (Ghost& ghost : ghosts_) {
    ghost.misses /= 2;
    ghost.missed_bytes /= 2;
  }
}

void WhatIf::Publish() {
  for (size_t i = 0; i < ghosts_.size(); ++i) {
    stats_.what_if[i].object = std::max(0.0, 1 - ghosts_[i].misses / totals_.requests);
    stats_.what_if[i].byte =
        totals_.bytes > 0 ? std::max(0.0, 1 - ghosts_[i].missed_bytes / totals_.bytes) : 0;
  }
}

}  // namespace longshore
