#pragma once

#include "cache/base/clock.h"
#include "cache/base/executor.h"
#include "cache/cache.h"
#include "proxy/fetch/admission.h"
#include "proxy/fetch/blob_confirm.h"
#include "proxy/fetch/blob_fetches.h"
#include "proxy/fetch/home_loops.h"
#include "proxy/fetch/list_fetch.h"
#include "proxy/fetch/manifest_fetch.h"
#include "proxy/fetch/manifest_plan.h"
#include "proxy/fetch/prefetch_ledger.h"
#include "proxy/fetch/upstream_set.h"
#include "proxy/pull/prefetch_trigger.h"

namespace longshore {

// What the handlers of one loop work with. All of it outlives them.
struct PullServices {
  Executor& executor;  // the loop itself
  Cache& cache;
  const Clock& clock;
  Freshness freshness;
  Admission& admission;
  const UpstreamSet& upstreams;  // of this loop
  HomeLoops<ManifestFetches>& manifests;
  HomeLoops<BlobConfirms>& confirms;
  HomeLoops<BlobFetches>& blobs;
  HomeLoops<ListFetches>& lists;
  PrefetchTrigger& prefetch_trigger;
  PrefetchLedger& prefetches;
};

}  // namespace longshore
