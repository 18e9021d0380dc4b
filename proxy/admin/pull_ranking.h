#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "cache/base/mutex.h"
#include "cache/index/repository.h"

namespace longshore {

// Which repositories were pulled most since the start, in bounded memory whatever clients ask for:
// the Space-Saving algorithm (Metwally, Agrawal, El Abbadi, ICDT 2005). A count is never too low,
// and too high by at most `error`. Thread-safe; one leaf lock, held for a microsecond, or for a few
// when a repository is new.
class PullRanking {
 public:
  static constexpr size_t kCounters = 512;

  struct Entry {
    RepositoryKey repository;
    uint64_t pulls = 0;  // manifests taken by GET
    uint64_t error = 0;  // of these, how many may belong to others
  };

  void OnPull(const std::string& upstream, const std::string& repository);
  // Most pulled first.
  std::vector<Entry> Top(size_t count) const;

 private:
  struct Counts {
    uint64_t pulls = 0;
    uint64_t error = 0;
  };
  mutable Mutex mutex_;
  std::unordered_map<std::string, Counts> counters_ GUARDED_BY(mutex_);  // by "upstream NUL name"
};

}  // namespace longshore
