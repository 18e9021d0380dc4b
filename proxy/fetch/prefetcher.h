#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "cache/base/clock.h"
#include "cache/base/executor.h"
#include "cache/index/manifest.h"
#include "cache/index/repository.h"
#include "proxy/fetch/blob_fetches.h"
#include "proxy/fetch/home_loops.h"
#include "proxy/fetch/prefetch_ledger.h"

namespace longshore {

// Fills what a manifest names before clients ask for it: in the order of the manifests, at most
// kAtOnce at a time, and at most kMaxQueued waiting (the rest is left to the clients). One in the
// process, on one loop.
class Prefetcher {
 public:
  static constexpr int kAtOnce = 6;
  static constexpr size_t kMaxQueued = 1000;

  // All outlive it.
  Prefetcher(Executor& executor, const Clock& clock, HomeLoops<BlobFetches>& fetches,
             PrefetchLedger& ledger);
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  void Add(const RepositoryKey& repository, const std::vector<NamedContent>& contents);

 private:
  struct Item {
    RepositoryKey repository;
    NamedContent content;
  };
  void StartMore();
  void Sweep();

  Executor& executor_;
  const Clock& clock_;
  HomeLoops<BlobFetches>& fetches_;
  PrefetchLedger& ledger_;
  std::deque<Item> queue_;
  int running_ = 0;
  Executor::TimerId sweep_ = 0;
};

}  // namespace longshore
