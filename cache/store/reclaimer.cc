#include "cache/store/reclaimer.h"

#include <chrono>
#include <utility>
#include <vector>

#include "cache/base/log.h"

namespace longshore {
namespace {

// One synced batch of the index pays for this many objects.
constexpr size_t kVictimsARound = 64;
constexpr uint64_t kGarbageWorthCompacting = 16 << 20;
// What goes sooner than this was hardly worth storing: the cache is too small for what is asked.
constexpr Duration kYoung = std::chrono::hours(1);

}  // namespace

// What one Reserve has in hand. Victims in use come back to the policy at its end, not before: else
// it would offer them over and over.
struct Reclaimer::Round {
  explicit Round(ResidentSet& set) : residents(set) {}
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;
  ~Round() {
    for (const ResidentSet::Object& object : in_use) residents.PutBack(object);
  }

  ResidentSet& residents;
  std::vector<Remover::Doomed> doomed;       // claimed, except manifests
  std::vector<ResidentSet::Object> victims;  // the policy's entry of each of them
  std::vector<ResidentSet::Object> in_use;
  uint64_t freeing = 0;
};

Reclaimer::Reclaimer(Catalog& catalog, BlobFiles& files, Budget& budget, ResidentSet& residents,
                     AccessLog& accesses, OpenBlobs& open, Remover& remover, PolicyLoader& loader,
                     const Pins& pins, CacheStats& stats, const Clock& clock,
                     ManifestGone manifest_gone)
    : catalog_(catalog),
      files_(files),
      budget_(budget),
      residents_(residents),
      accesses_(accesses),
      open_(open),
      remover_(remover),
      loader_(loader),
      pins_(pins),
      stats_(stats),
      clock_(clock),
      manifest_gone_(std::move(manifest_gone)) {}

Status Reclaimer::Reserve(uint64_t bytes) {
  if (budget_.TryReserve(bytes)) return {};
  return Evict(bytes, true);
}

Status Reclaimer::MakeRoom(uint64_t bytes) {
  if (budget_.Missing(bytes) == 0) return {};
  return Evict(bytes, false);
}

void Reclaimer::Upkeep() {
  Measure();
  ShrinkIndex(kGarbageWorthCompacting);
  if (auto room = MakeRoom(0); !room) log::Warn("budget", room.error().message);
}

Status Reclaimer::Evict(uint64_t bytes, bool take) {
  accesses_.Apply();
  Round round(residents_);
  for (;;) {
    if (take ? budget_.TryReserve(bytes) : budget_.Missing(bytes) == 0) return {};
    if (!budget_.CanHold(bytes)) break;
    auto evicted = EvictSome(budget_.Missing(bytes), round);
    if (!evicted) return tl::unexpected(evicted.error());
    if (!*evicted) break;
  }
  return Fail(Code::kNoSpace,
              "the cache has no room for " + std::to_string(bytes) + " bytes, even after eviction");
}

// False: there is nothing left to evict.
Result<bool> Reclaimer::EvictSome(uint64_t missing, Round& round) {
  {
    MutexLock lock(mutex_);
    ++rounds_;
  }
  Status chosen;
  while (chosen && round.freeing < missing && round.doomed.size() < kVictimsARound) {
    const auto victim = residents_.TakeVictim();
    if (victim) {
      chosen = Choose(*victim, round);
    } else if (!loader_.LoadMore()) {
      break;
    }
  }
  const bool any = !round.doomed.empty();
  const Status carried = CarryOut(round);
  {
    MutexLock lock(mutex_);
    --rounds_;
  }
  round_ended_.notify_all();
  if (!chosen) return tl::unexpected(chosen.error());
  if (!carried) return tl::unexpected(carried.error());
  return any || ShrinkIndex(1) || AwaitOthers();
}

Status Reclaimer::Choose(ResidentSet::Object victim, Round& round) {
  auto digests = catalog_.Resolve(victim.key);
  if (!digests) {
    round.in_use.push_back(victim);
    return tl::unexpected(digests.error());
  }
  for (const Digest& digest : *digests) {
    if (auto considered = Consider(digest, victim, round); !considered) return considered;
  }
  return {};
}

Status Reclaimer::Consider(const Digest& digest, ResidentSet::Object victim, Round& round) {
  // It stays out of the policy until the pin is lifted.
  if (pins_.Covers(digest)) return {};
  Remover::Doomed doomed{KindOf(victim.key), digest, 0, {}};
  if (doomed.kind == ObjectKind::kManifest) {
    round.doomed.push_back(std::move(doomed));
    round.victims.push_back(victim);
    return {};
  }
  if (!open_.TryClaim(digest)) {
    round.in_use.push_back(victim);
    return {};
  }
  auto charge = remover_.Locate(doomed);
  if (!charge || !*charge) {
    open_.Unclaim(digest);
    if (!charge) round.in_use.push_back(victim);
    if (!charge) return tl::unexpected(charge.error());
    return {};
  }
  round.freeing += doomed.charge;
  round.doomed.push_back(std::move(doomed));
  round.victims.push_back(victim);
  return {};
}

Status Reclaimer::CarryOut(Round& round) {
  if (round.doomed.empty()) return {};
  Status removed = remover_.Remove(round.doomed);
  for (size_t i = 0; i < round.doomed.size(); ++i) {
    const Remover::Doomed& doomed = round.doomed[i];
    if (doomed.kind != ObjectKind::kManifest) open_.Unclaim(doomed.digest);
    if (!removed) {
      round.in_use.push_back(round.victims[i]);
      continue;
    }
    Count(doomed, round.victims[i].bytes);
    if (doomed.kind == ObjectKind::kManifest) {
      manifest_garbage_ += round.victims[i].bytes;
      manifest_gone_(doomed.digest);
    }
  }
  round.doomed.clear();
  round.victims.clear();
  round.freeing = 0;
  return removed;
}

void Reclaimer::Count(const Remover::Doomed& doomed, uint64_t bytes) {
  ++stats_.evictions;
  stats_.evicted_bytes += bytes;
  const bool young = doomed.sealed_at && clock_.WallMillis() - *doomed.sealed_at < kYoung.count();
  if (young) stats_.evicted_young_bytes += bytes;
}

// Another thread may hold the last victims: what it frees is worth waiting for. False: nobody has
// any.
bool Reclaimer::AwaitOthers() {
  mutex_.lock();
  const bool others = rounds_ > 0;
  if (others) round_ended_.wait(mutex_);
  mutex_.unlock();
  return others;
}

// Evicted manifests give their space back only when the index rewrites its tables.
bool Reclaimer::ShrinkIndex(uint64_t worth) {
  uint64_t garbage = manifest_garbage_;
  if (garbage < worth || !manifest_garbage_.compare_exchange_strong(garbage, 0)) return false;
  (void)catalog_.Compact(Family::kManifest);
  Measure();
  return true;
}

void Reclaimer::Measure() {
  const IndexMemory memory = catalog_.Memory();
  stats_.index_block_cache_bytes = memory.block_cache;
  stats_.index_write_buffer_bytes = memory.write_buffers;
  stats_.index_table_reader_bytes = memory.table_readers;
  const uint64_t growth = budget_.IndexGrowth();
  auto usage = files_.disk().FolderUsage(files_.Absolute("index"));
  if (!usage) return;
  budget_.IndexMeasured(*usage, growth);
}

}  // namespace longshore
