#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "cache/base/clock.h"
#include "cache/index/manifest.h"
#include "cache/index/repository.h"
#include "proxy/fetch/home_loops.h"
#include "proxy/fetch/prefetcher.h"

namespace longshore {

// Decides when a manifest that a client takes is worth prefetching: an image (an index names
// platforms that nobody may want), of an upstream where that is on, not considered a moment ago.
// Lives on one loop.
class PrefetchTrigger {
 public:
  static constexpr size_t kMaxBytes =
      256 * 1024;  // a larger manifest takes a loop too long to parse
  static constexpr Duration kForget = std::chrono::seconds(60);

  // `enabled`: by upstream.
  PrefetchTrigger(const Clock& clock, std::map<std::string, bool> enabled,
                  HomeLoops<Prefetcher>& prefetcher)
      : clock_(clock), enabled_(std::move(enabled)), prefetcher_(prefetcher) {}

  void SetEnabled(std::map<std::string, bool> enabled) { enabled_ = std::move(enabled); }
  void OnTaken(const RepositoryKey& repository, const Manifest& manifest);

 private:
  bool IsNew(const Digest& digest);

  const Clock& clock_;
  std::map<std::string, bool> enabled_;
  HomeLoops<Prefetcher>& prefetcher_;
  std::unordered_map<Digest, TimePoint> recent_;
};

}  // namespace longshore
