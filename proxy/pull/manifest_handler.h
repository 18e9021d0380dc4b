#pragma once

#include "proxy/pull/pull_request.h"
#include "proxy/pull/pull_services.h"

namespace longshore {

// GET and HEAD of manifests. Lives on one loop. Decides between what is held and what the upstream
// must say:
//
//   by tag     proven within tag_ttl (or what a rate limit that is almost used up makes of it, see
//              tag_ttl.h), bytes held                     → hit
//              older                                      → HEAD upstream: the same → revalidated,
//              another → miss the upstream fails, within stale_if_error  → stale unknown → miss
//   by digest  held, linked to the repository             → hit
//              held, not linked                           → HEAD upstream, then as held
//              not held                                   → miss
//
// 401, 403 and 404 of the upstream are answers: nothing stale is served over them.
class ManifestHandler {
 public:
  explicit ManifestHandler(PullServices& services) : services_(services) {}

  void Handle(const PullRequest& request);

 private:
  void OnTagLookup(const PullRequest& request, const ManifestLookup& known);
  void OnDigestLookup(const PullRequest& request, const ManifestLookup& known);
  void Fetch(const PullRequest& request, ManifestRequest ask, const ManifestLookup& known);
  void OnFetched(const PullRequest& request, const ManifestLookup& known,
                 Flown<FetchedManifest> fetched);
  void ServeHeld(const PullRequest& request, const Digest& digest, Verdict verdict);
  void Serve(const PullRequest& request, const ManifestPtr& manifest, Verdict verdict);

  PullServices& services_;
};

}  // namespace longshore
