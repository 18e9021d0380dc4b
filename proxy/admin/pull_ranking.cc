#include "proxy/admin/pull_ranking.h"

#include <algorithm>

namespace longshore {

void PullRanking::OnPull(const std::string& upstream, const std::string& repository) {
  std::string key = upstream + '\0' + repository;
  MutexLock lock(mutex_);
  const auto found = counters_.find(key);
  if (found != counters_.end()) {
    ++found->second.pulls;
    return;
  }
  Counts counts{1, 0};
  if (counters_.size() == kCounters) {
    const auto least = std::min_element(
        counters_.begin(), counters_.end(),
        [](const auto& a, const auto& b) { return a.second.pulls < b.second.pulls; });
    counts = {least->second.pulls + 1, least->second.pulls};
    counters_.erase(least);
  }
  counters_.emplace(std::move(key), counts);
}

std::vector<PullRanking::Entry> PullRanking::Top(size_t count) const {
  std::vector<Entry> entries;
  {
    MutexLock lock(mutex_);
    for (const auto& [key, counts] : counters_) {
      const size_t nul = key.find('\0');
      entries.push_back({{key.substr(0, nul), key.substr(nul + 1)}, counts.pulls, counts.error});
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.pulls != b.pulls ? a.pulls > b.pulls : a.repository < b.repository;
  });
  if (entries.size() > count) entries.resize(count);
  return entries;
}

}  // namespace longshore
