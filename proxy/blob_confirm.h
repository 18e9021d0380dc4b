#pragma once

#include <cstdint>
#include <string>

#include "cache/cache.h"
#include "proxy/single_flight.h"
#include "proxy/upstream_calls.h"
#include "proxy/upstream_set.h"

namespace longshore {

// Asks an upstream, by HEAD, whether a repository holds a blob and how large it is, and records the
// answer in the link ledger. One call a repository and blob however many ask. Lives on one loop:
// the home of its keys.
class BlobConfirms {
 public:
  using Callback = SingleFlight<uint64_t>::Callback;  // the size in bytes

  BlobConfirms(Executor& executor, Cache& cache, const UpstreamSet& upstreams)
      : cache_(cache), upstreams_(upstreams), calls_(executor) {}

  static std::string Key(const RepositoryKey& repository, const Digest& digest);
  // kBadUpstream if the upstream gives no length.
  void Confirm(const RepositoryKey& repository, const Digest& digest, Executor& executor,
               Callback done);

 private:
  void OnHead(const std::string& key, const RepositoryKey& repository, const Digest& digest,
              const Result<CollectedResponse>& answer);

  Cache& cache_;
  const UpstreamSet& upstreams_;
  UpstreamCalls calls_;
  SingleFlight<uint64_t> flights_;
};

}  // namespace longshore
