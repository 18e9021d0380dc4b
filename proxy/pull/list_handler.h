#pragma once

#include "proxy/pull/pull_request.h"
#include "proxy/pull/pull_services.h"

namespace longshore {

// tags/list and referrers: asked of the upstream each time, never stored. Lives on one loop.
//
// Tags: when the upstream fails, the tags this cache has seen are listed instead and said to be
// stale. Referrers: an upstream without that endpoint is asked for the tag schema's index
// (distribution-spec "Referrers Tag Schema"), and where there is none either the answer is an empty
// index, never 404.
class ListHandler {
 public:
  explicit ListHandler(PullServices& services) : services_(services) {}

  void HandleTags(const PullRequest& request);
  void HandleReferrers(const PullRequest& request);

 private:
  using Answer = Flown<ListFetches::Answer>;

  void Fetch(ListRequest ask, UniqueFunction<void(Answer)> done);
  void OnTags(const PullRequest& request, const Answer& answer);
  void ServeSeenTags(const PullRequest& request, const Error& error);
  void OnReferrers(const PullRequest& request, const Answer& answer);
  void FetchReferrersTag(const PullRequest& request);
  void ServeReferrers(const PullRequest& request, std::string_view index,
                      const Fields* upstream_fields);

  PullServices& services_;
};

}  // namespace longshore
