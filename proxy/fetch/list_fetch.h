#pragma once

#include <memory>
#include <string>

#include "cache/index/repository.h"
#include "proxy/fetch/single_flight.h"
#include "proxy/fetch/upstream_calls.h"
#include "proxy/fetch/upstream_set.h"

namespace longshore {

// A document that is passed through and not kept: a page of tags, an index of referrers.
struct ListRequest {
  RepositoryKey repository;
  std::string path;       // with its query
  std::string accept;     // may be empty
  std::string_view kind;  // a literal, for metrics: tags, referrers, manifest
};

// Fetches such documents, one call however many ask. Lives on one loop: the home of its keys.
class ListFetches {
 public:
  using Answer = std::shared_ptr<const CollectedResponse>;
  using Callback = SingleFlight<Answer>::Callback;

  ListFetches(Executor& executor, const UpstreamSet& upstreams, Allowance& memory)
      : upstreams_(upstreams), calls_(executor, memory) {}

  static std::string Key(const ListRequest& request) {
    return request.repository.upstream + '\n' + request.path;
  }
  void Fetch(const ListRequest& request, Executor& executor, Callback done);

 private:
  const UpstreamSet& upstreams_;
  UpstreamCalls calls_;
  SingleFlight<Answer> flights_;
};

}  // namespace longshore
