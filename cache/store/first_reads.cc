#include "cache/store/first_reads.h"

#include <atomic>
#include <utility>
#include <vector>

#include "cache/base/log.h"
#include "cache/health/disk_patience.h"
#include "cache/store/blob_proof.h"

namespace longshore {
namespace {

// Steps of one job: a few milliseconds of hashing.
constexpr int kStepsATurn = 8;

}  // namespace

struct FirstReads::Proof {
  Proof(SealedBlob blob, const BlobRecord& record_, Disk& disk)
      : digest(blob.digest),
        record(record_),
        partial(std::make_shared<PartialBlob>(blob.digest, blob.size, blob.file)),
        work(std::move(blob), disk) {}

  const Digest digest;
  const BlobRecord record;
  const std::shared_ptr<PartialBlob> partial;
  BlobProof work;
  std::atomic<uint64_t> steps{0};  // done
  DiskPatience patience;           // with FirstReads::mutex_ held
};

FirstReads::FirstReads(CacheParts& parts, bool enabled)
    : parts_(parts), enabled_(enabled), started_at_(parts.clock.WallMillis()) {}

std::shared_ptr<PartialBlob> FirstReads::Watch(const SealedBlob& blob, const BlobRecord& record) {
  if (!enabled_ || record.verified_at >= started_at_ || blob.size == 0) return nullptr;
  std::shared_ptr<Proof> proof;
  {
    MutexLock lock(mutex_);
    auto& running = running_[blob.digest];
    if (const auto same = running.lock()) return same->partial;
    proof = std::make_shared<Proof>(blob, record, parts_.disk);
    running = proof;
  }
  proof->partial->Publish({0, blob.size});
  std::shared_ptr<PartialBlob> partial = proof->partial;
  Post(std::move(proof));
  return partial;
}

void FirstReads::Post(std::shared_ptr<Proof> proof) {
  parts_.pool.Post("prove again", ThreadPool::kNoOrder,
                   [this, proof = std::move(proof)]() mutable { Turn(std::move(proof)); });
}

void FirstReads::Turn(std::shared_ptr<Proof> proof) {
  if (parts_.pool.Stopping()) return End(*proof, Fail(Code::kCancelled, "stopping"));
  for (int i = 0; i < kStepsATurn; ++i) {
    const auto verdict = proof->work.Step();
    ++proof->steps;
    if (!verdict) return End(*proof, tl::unexpected(verdict.error()));
    if (*verdict == BlobProof::Verdict::kWrong) {
      return End(*proof, Fail(Code::kCorrupt, "a stored blob no longer has its bytes"));
    }
    if (*verdict == BlobProof::Verdict::kRight) return End(*proof, {});
  }
  Post(std::move(proof));
}

void FirstReads::End(const Proof& proof, const Status& outcome) {
  if (outcome) {
    proof.partial->Prove();
    MarkVerified(parts_, proof.digest, proof.record);
  } else {
    // Before its readers learn of it: who asks again at once is not to find it. What cannot be read
    // is as good as wrong.
    if (outcome.error().code != Code::kCancelled) {
      const std::string name = proof.digest.ToString();
      log::Error("cache", "a stored blob failed its proof at its first read",
                 {{"digest", std::string_view(name)}});
      MarkCorrupt(parts_, proof.digest);
    }
    proof.partial->Fail(outcome.error());
  }
  MutexLock lock(mutex_);
  const auto found = running_.find(proof.digest);
  if (found != running_.end() && found->second.lock().get() == &proof) running_.erase(found);
}

void FirstReads::DiskIsStuck() {
  std::vector<std::shared_ptr<Proof>> given_up;
  {
    MutexLock lock(mutex_);
    const TimePoint now = parts_.clock.Now();
    std::erase_if(running_, [&](const auto& entry) {
      auto proof = entry.second.lock();
      if (!proof || !proof->patience.HasRunOut(proof->steps, now)) return false;
      given_up.push_back(std::move(proof));
      return true;
    });
  }
  for (const auto& proof : given_up) {
    parts_.open.Forget(proof->digest);
    proof->partial->Fail(DiskDoesNotAnswer());
  }
}

}  // namespace longshore
