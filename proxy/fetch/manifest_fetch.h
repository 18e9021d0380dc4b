#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cache/base/thread_pool.h"
#include "cache/cache.h"
#include "proxy/fetch/single_flight.h"
#include "proxy/fetch/upstream_calls.h"
#include "proxy/fetch/upstream_set.h"
#include "proxy/oci/reference.h"

namespace longshore {

struct ManifestRequest {
  RepositoryKey repository;
  Reference reference;
  std::optional<Digest> known;  // what is held already: ask by HEAD first whether it still holds
};

struct FetchedManifest {
  Digest digest;
  ManifestPtr manifest;  // null: `digest` was confirmed by HEAD, the bytes are those held already
};

// Asks upstreams for manifests, one call a repository and reference however many ask. Lives on one
// loop: the home of the keys it is asked for.
//
// With `known`: HEAD; the same digest means confirmed (the tag touched, the link recorded); another
// one is fetched by digest. Without: GET. What arrives is stored before it is handed out, verified
// by its digest: kCorrupt if it does not match what was asked for or what the upstream says it is.
class ManifestFetches {
 public:
  using Callback = SingleFlight<FetchedManifest>::Callback;

  ManifestFetches(Executor& executor, ThreadPool& pool, Cache& cache, const UpstreamSet& upstreams,
                  Allowance& memory)
      : executor_(executor),
        pool_(pool),
        cache_(cache),
        upstreams_(upstreams),
        calls_(executor, memory) {}

  static std::string Key(const ManifestRequest& request);
  // What the upstream is asked first.
  static UpstreamRequest FirstAsk(const ManifestRequest& request);
  void Fetch(ManifestRequest request, Executor& executor, Callback done);

 private:
  // A tag that the upstream does not have any more is forgotten.
  void Refused(const std::string& key, const ManifestRequest& request, const Error& error);
  void Head(const std::string& key, ManifestRequest request);
  void OnHead(const std::string& key, ManifestRequest request,
              const Result<CollectedResponse>& answer);
  void Get(const std::string& key, ManifestRequest request, const Reference& what);
  void OnGet(const std::string& key, ManifestRequest request, const Reference& what,
             Result<CollectedResponse> answer);
  void Store(const std::string& key, const ManifestRequest& request, ManifestPtr manifest,
             std::vector<NamedContent> named);
  static UpstreamRequest MakeRequest(const ManifestRequest& request, const Reference& what,
                                     std::string method);

  Executor& executor_;
  ThreadPool& pool_;
  Cache& cache_;
  const UpstreamSet& upstreams_;
  UpstreamCalls calls_;
  SingleFlight<FetchedManifest> flights_;
};

}  // namespace longshore
