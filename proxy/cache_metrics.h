#pragma once

#include "cache/cache_stats.h"
#include "metrics/registry.h"

namespace longshore {

// Has the registry show what the cache counts. `stats` outlives every scrape. Any thread, once.
void ShowCacheStats(const CacheStats& stats, metrics::Registry& metrics);

}  // namespace longshore
