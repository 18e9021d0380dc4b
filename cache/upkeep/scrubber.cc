#include "cache/upkeep/scrubber.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "cache/base/log.h"

namespace longshore {
namespace {

constexpr Duration kMostEarned{10'000};  // what a pause is worth
constexpr double kPartOfPeriod = 0.8;
constexpr size_t kRecordsATurn = 4096;

}  // namespace

void Scrubber::Consider() {
  if (period_.count() == 0 || !parts_.health.IsWell()) return;
  if (parts_.pool.QueueDepth() >= kBusyJobs || running_.exchange(true)) return;
  parts_.pool.Post("scrub", ThreadPool::kNoOrder, [this] {
    Turn();
    running_ = false;
  });
}

void Scrubber::Turn() {
  if (!Load() || !BeginPass()) return;
  Earn();
  left_ = kMostBytesATick;
  while (left_ > 0 && !resting_ && !parts_.pool.Stopping()) {
    // Others came meanwhile: besides this one there are jobs.
    if (parts_.pool.QueueDepth() > kBusyJobs) return;
    if (current_) {
      Step();
    } else if (tokens_ <= 0 || !Advance()) {
      return;
    }
  }
}

bool Scrubber::Load() {
  if (progress_) return true;
  auto found = parts_.catalog.FindScrub();
  if (!found) return false;
  progress_ = std::move(*found).value_or(ScrubRecord{});
  earned_at_ = parts_.clock.Now();
  parts_.stats.scrub_last_pass_at = static_cast<uint64_t>(progress_->completed_at / 1000);
  resting_ = progress_->began_at <= progress_->completed_at && progress_->completed_at > 0;
  return true;
}

// False: it is not time yet.
bool Scrubber::BeginPass() {
  const int64_t now = parts_.clock.WallMillis();
  const bool is_first = progress_->began_at == 0;
  if (!is_first && !resting_) return true;
  // Of a clock that was set back a pass may begin in the future: that is not waited for.
  const bool is_due = now >= progress_->began_at + period_.count() || now < progress_->began_at;
  if (!is_first && !is_due) return false;
  *progress_ = ScrubRecord{now, progress_->completed_at, {}};
  resting_ = false;
  Save();
  return true;
}

void Scrubber::Earn() {
  const TimePoint now = parts_.clock.Now();
  const auto passed = std::min<TimePoint::duration>(now - earned_at_, kMostEarned);
  earned_at_ = now;
  const auto stored = static_cast<double>(parts_.budget.ObjectBytes());
  const std::chrono::duration<double> seconds = passed;
  const std::chrono::duration<double> period = period_ * kPartOfPeriod;
  const double rate = stored / std::max(period.count(), 0.001);
  tokens_ = std::min(tokens_ + rate * seconds.count(), static_cast<double>(kMostBytesATick));
}

// To the next blob that is due, or to the end.
Status Scrubber::Advance() {
  auto key = NextDue();
  if (!key) return tl::unexpected(key.error());
  if (!*key) return {};
  return Open(**key);
}

// Nothing: there was none among the records looked at.
Result<std::optional<std::string>> Scrubber::NextDue() {
  std::optional<std::string> due;
  std::string next;
  size_t seen = 0;
  auto scanned = parts_.catalog.Scan(Family::kBlob, "", progress_->cursor,
                                     [&](std::string_view key, std::string_view value) {
                                       if (seen++ == kRecordsATurn) {
                                         next = key;
                                         return false;
                                       }
                                       const auto record = BlobRecord::Decode(value);
                                       // A damaged record is for whoever asks for the blob.
                                       if (!record || record->verified_at >= progress_->began_at)
                                         return true;
                                       due = key;
                                       return false;
                                     });
  if (!scanned) return tl::unexpected(scanned.error());
  if (due) {
    progress_->cursor = *due;
  } else if (!next.empty()) {
    progress_->cursor = std::move(next);
  } else {
    EndPass();
  }
  return due;
}

Status Scrubber::Open(const std::string& key) {
  const auto digest = ParseDigestKey(key);
  // Past this one, whatever comes of it.
  progress_->cursor = key + '\0';
  if (!digest) return {};
  auto proof = BeginProof(parts_, *digest);
  if (!proof) return tl::unexpected(proof.error());
  if (!*proof) return {};
  stored_read_ = 0;
  current_.emplace(Current{*digest, std::move(**proof)});
  return {};
}

void Scrubber::Step() {
  // It could not even be opened.
  if (!current_->proof.file) return End(false);
  BlobProof& work = current_->proof.work;
  const auto verdict = work.Step();
  const uint64_t read = work.read_bytes() - std::exchange(stored_read_, work.read_bytes());
  parts_.stats.scrubbed_bytes += read;
  tokens_ -= static_cast<double>(read);
  left_ -= std::min(left_, std::max<uint64_t>(read, 1));
  // What cannot be read is as good as wrong.
  if (!verdict) return End(false);
  if (*verdict != BlobProof::Verdict::kMore) End(*verdict == BlobProof::Verdict::kRight);
}

void Scrubber::End(bool is_right) {
  const Digest digest = current_->digest;
  const BlobRecord record = current_->proof.record;
  current_.reset();
  if (is_right) {
    MarkVerified(parts_, digest, record);
  } else {
    const std::string name = digest.ToString();
    log::Error("scrub", "a stored blob no longer has its bytes",
               {{"digest", std::string_view(name)}});
    MarkCorrupt(parts_, digest);
    remove_(digest);
  }
  Save();
}

void Scrubber::EndPass() {
  progress_->completed_at = std::max(parts_.clock.WallMillis(), progress_->began_at);
  progress_->cursor.clear();
  resting_ = true;
  parts_.stats.scrub_last_pass_at = static_cast<uint64_t>(progress_->completed_at / 1000);
  Save();
}

void Scrubber::Save() {
  IndexBatch batch;
  batch.Put(Family::kMeta, std::string(kScrubKey), progress_->Encode());
  (void)parts_.catalog.Commit(batch, Index::Sync::kNo);
}

}  // namespace longshore
