#pragma once

#include "cache/cache.h"
#include "metrics/registry.h"

namespace longshore {

// Has the registry show what the cache counts. `cache` outlives every scrape. Any thread, once.
void ShowCacheStats(const Cache& cache, metrics::Registry& metrics);

}  // namespace longshore
