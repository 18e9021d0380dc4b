#include "cache/health/disk_health.h"

#include <algorithm>
#include <utility>

#include "cache/base/log.h"

namespace longshore {
namespace {

using Trouble = CacheStats::Trouble;

constexpr std::string_view kStreaming =
    "blobs are streamed through without being stored until the disk takes writes again";

constexpr std::string_view kRelaying = "all comes from the upstream and nothing is stored";

std::string_view TopicOf(DiskHealth::Part part) {
  return part == DiskHealth::Part::kDisk ? "disk" : "index";
}

bool IsFailing(Trouble trouble) {
  return trouble == Trouble::kNoSpace || trouble == Trouble::kIo;
}

}  // namespace

Status DiskHealth::CheckWrites() const {
  if (!failing_) return {};
  return Fail(Code::kNoSpace, "the disk is in trouble: nothing is stored");
}

std::string DiskHealth::Describe() const {
  MutexLock lock(mutex_);
  std::string all;
  for (const std::string& why : why_) {
    if (why.empty()) continue;
    if (!all.empty()) all += "; ";
    all += why;
  }
  return all;
}

void DiskHealth::ReadFailed(Part part, const Error& error) {
  ++(part == Part::kDisk ? stats_.disk_errors : stats_.index_errors);
  Log(part, error);
}

void DiskHealth::WriteFailed(Part part, const Error& error) {
  ++(part == Part::kDisk ? stats_.disk_errors : stats_.index_errors);
  const Reason reason = error.code == Code::kNoSpace ? Reason::kNoSpace : Reason::kIo;
  bool began = false;
  {
    MutexLock lock(mutex_);
    began = Raise(reason, error.message);
    if (began) logged_at_ = clock_.Now();
    if (began) logged_ = true;
  }
  if (!began) return Log(part, error);
  log::Error(TopicOf(part), "trouble begins",
             {{"error", std::string_view(error.message)}, {"now", kStreaming}});
}

void DiskHealth::NoRoom(uint64_t wanted, uint64_t free) {
  bool began = false;
  {
    MutexLock lock(mutex_);
    no_room_at_ = clock_.Now();
    began = Raise(Reason::kNoRoom,
                  "the file system has less room than cache.size: free some, or lower cache.size");
  }
  if (!began) return;
  log::Error("disk", "the file system has less room than cache.size: free some, or lower it",
             {{"wanted_bytes", wanted}, {"free_bytes", free}});
}

void DiskHealth::IndexDamaged(const Error& error) {
  ++stats_.index_errors;
  bool began = false;
  {
    MutexLock lock(mutex_);
    began = Raise(Reason::kIndexDamaged, "the index is damaged: the next start rebuilds it");
  }
  if (!began) return Log(Part::kIndex, error);
  log::Error("index", "damaged: the next start rebuilds it from the stored files",
             {{"error", std::string_view(error.message)}});
}

bool DiskHealth::IsIndexDamaged() const {
  MutexLock lock(mutex_);
  return !why_[static_cast<size_t>(Reason::kIndexDamaged)].empty();
}

void DiskHealth::Rebuilding(int percent) {
  bool began = false;
  {
    MutexLock lock(mutex_);
    std::string& why = why_[static_cast<size_t>(Reason::kIndexDamaged)];
    began = why.empty();
    why = "the index is made anew from the stored files, of which " + std::to_string(percent) +
          " % are looked through: until it is, " + std::string(kRelaying);
    for (const Reason reason : {Reason::kNoSpace, Reason::kIo, Reason::kStuck}) Clear(reason);
  }
  if (began) log::Warn("index", "made anew behind the start", {{"now", kRelaying}});
}

void DiskHealth::Look() {
  const TimePoint now = clock_.Now();
  bool began = false;
  {
    MutexLock lock(mutex_);
    const bool stuck = !running_.empty() && now - running_.front() >= kStuckAfter;
    if (stuck) began = Raise(Reason::kStuck, "an operation of the disk does not return");
    stuck_ = stuck;
    if (now - no_room_at_ >= kNoRoomFor) Clear(Reason::kNoRoom);
  }
  if (began) log::Error("disk", "an operation does not return", {{"now", kStreaming}});
}

void DiskHealth::Recovered() {
  uint64_t unlogged = 0;
  {
    MutexLock lock(mutex_);
    if (!blocked_) return;
    for (const Reason reason : {Reason::kNoSpace, Reason::kIo, Reason::kStuck}) Clear(reason);
    unlogged = std::exchange(unlogged_, 0);
    logged_ = false;
  }
  log::Warn("disk", "trouble is over: content is stored again", {{"failures_unlogged", unlogged}});
}

std::list<TimePoint>::iterator DiskHealth::Begin() {
  MutexLock lock(mutex_);
  return running_.insert(running_.end(), clock_.Now());
}

void DiskHealth::End(std::list<TimePoint>::iterator at) {
  MutexLock lock(mutex_);
  running_.erase(at);
}

void DiskHealth::Log(Part part, const Error& error) {
  uint64_t unlogged = 0;
  {
    MutexLock lock(mutex_);
    const TimePoint now = clock_.Now();
    if (logged_ && now - logged_at_ < kLogEvery) {
      ++unlogged_;
      return;
    }
    logged_ = true;
    logged_at_ = now;
    unlogged = std::exchange(unlogged_, 0);
  }
  log::Error(TopicOf(part), error.message, {{"failures_unlogged", unlogged}});
}

bool DiskHealth::Raise(Reason reason, std::string why) {
  std::string& known = why_[static_cast<size_t>(reason)];
  const bool is_new = known.empty();
  if (is_new) known = std::move(why);
  Publish();
  return is_new;
}

void DiskHealth::Clear(Reason reason) {
  why_[static_cast<size_t>(reason)].clear();
  Publish();
}

void DiskHealth::Publish() {
  bool failing = false;
  for (size_t i = 0; i < why_.size(); ++i) {
    stats_.troubles[i] = why_[i].empty() ? 0 : 1;
    failing = failing || (!why_[i].empty() && IsFailing(static_cast<Reason>(i)));
  }
  failing_ = failing;
  blocked_ = failing || !why_[static_cast<size_t>(Reason::kStuck)].empty();
}

}  // namespace longshore
