#include "cache/store/quarantine.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "cache/index/charge.h"

namespace longshore {
namespace {

unsigned OrderOf(std::string_view name) {
  unsigned n = 0;
  const size_t dot = name.rfind('.');
  if (dot != std::string_view::npos) {
    std::from_chars(name.data() + dot + 1, name.data() + name.size(), n);
  }
  return n;
}

}  // namespace

Status Quarantine::Load() {
  auto names = files_.disk().List(files_.Absolute("quarantine"));
  if (!names) return tl::unexpected(names.error());
  std::sort(names->begin(), names->end(),
            [](const std::string& a, const std::string& b) { return OrderOf(a) < OrderOf(b); });
  std::deque<Entry> found;
  uint64_t total = 0;
  for (const std::string& name : *names) {
    auto size = files_.Size("quarantine/" + name);
    if (!size) return tl::unexpected(size.error());
    found.push_back({"quarantine/" + name, Charge(*size)});
    total += Charge(*size);
  }
  budget_.Force(total);
  std::deque<Entry> surplus;
  {
    MutexLock lock(mutex_);
    next_ = names->empty() ? 0 : OrderOf(names->back()) + 1;
    entries_ = std::move(found);
    bytes_ = total;
    surplus = TakeSurplus(0, 0);
  }
  return RemoveAll(surplus);
}

Status Quarantine::Admit(const std::string& path, const Digest& digest, uint64_t charge) {
  if (charge > max_bytes_) {
    auto removed = files_.Remove(path);
    if (removed) budget_.Release(charge);
    return removed;
  }
  Entry entry{{}, charge};
  std::deque<Entry> surplus;
  {
    MutexLock lock(mutex_);
    entry.path = "quarantine/" + BlobFiles::StagingName(digest, next_++);
    surplus = TakeSurplus(charge, 1);
  }
  if (auto removed = RemoveAll(surplus); !removed) return removed;
  if (auto moved = files_.disk().Rename(files_.Absolute(path), files_.Absolute(entry.path));
      !moved) {
    return moved;
  }
  MutexLock lock(mutex_);
  bytes_ += charge;
  entries_.push_back(std::move(entry));
  return {};
}

std::deque<Quarantine::Entry> Quarantine::TakeSurplus(uint64_t charge, size_t files) {
  std::deque<Entry> surplus;
  while (!entries_.empty() &&
         (entries_.size() + files > kMaxFiles || bytes_ + charge > max_bytes_)) {
    bytes_ -= entries_.front().charge;
    surplus.push_back(std::move(entries_.front()));
    entries_.pop_front();
  }
  return surplus;
}

Status Quarantine::RemoveAll(const std::deque<Entry>& entries) {
  Status status;
  for (const Entry& entry : entries) {
    auto removed = files_.Remove(entry.path);
    if (removed) budget_.Release(entry.charge);
    if (!removed) status = removed;
  }
  return status;
}

}  // namespace longshore
