#include "proxy/fetch/prefetch_ledger.h"

namespace longshore {

void PrefetchLedger::Begin(const Digest& digest, TimePoint now) {
  MutexLock lock(mutex_);
  entries_.try_emplace(digest, Entry{now, 0});
  waiting_ = entries_.size();
}

void PrefetchLedger::End(const Digest& digest, uint64_t fetched) {
  fetched_ += fetched;
  MutexLock lock(mutex_);
  const auto found = entries_.find(digest);
  if (found == entries_.end()) return;  // read already
  found->second.bytes = fetched;
  if (fetched == 0) entries_.erase(found);  // it was here all along
  waiting_ = entries_.size();
}

void PrefetchLedger::Forget(const Digest& digest) {
  MutexLock lock(mutex_);
  entries_.erase(digest);
  waiting_ = entries_.size();
}

void PrefetchLedger::Sweep(TimePoint now) {
  MutexLock lock(mutex_);
  std::erase_if(entries_, [&](const auto& item) {
    if (now - item.second.since < kPatience) return false;
    wasted_ += item.second.bytes;
    return true;
  });
  waiting_ = entries_.size();
}

}  // namespace longshore
