#include "proxy/pull/manifest_handler.h"

#include <utility>

#include "proxy/fetch/tag_ttl.h"

namespace longshore {

void ManifestHandler::Handle(const PullRequest& request) {
  Cache& cache = services_.cache;
  if (request.route.digest) {
    const Digest& digest = *request.route.digest;
    if (auto known = cache.PeekManifest(request.repository, digest)) {
      OnDigestLookup(request, *known);
      return;
    }
    cache.LookupManifest(request.repository, digest, services_.executor,
                         [this, request](Result<ManifestLookup> known) {
                           OnDigestLookup(request, known.value_or(ManifestLookup{}));
                         });
    return;
  }
  if (auto known = cache.PeekTag(request.repository, request.route.reference)) {
    OnTagLookup(request, *known);
    return;
  }
  cache.LookupTag(request.repository, request.route.reference, services_.executor,
                  [this, request](Result<ManifestLookup> known) {
                    OnTagLookup(request, known.value_or(ManifestLookup{}));
                  });
}

void ManifestHandler::OnTagLookup(const PullRequest& request, const ManifestLookup& known) {
  const Duration ttl =
      StretchedTtl(services_.freshness.tag_ttl,
                   services_.upstreams.Get(request.repository.upstream).LimitLeft());
  const bool is_fresh = known.tag && IsFresh(*known.tag, ttl, services_.clock.WallMillis());
  auto ask = PlanPullByTag(request.repository, request.route.reference, known, is_fresh);
  if (ask) {
    Fetch(request, std::move(*ask), known);
  } else {
    Serve(request, known.manifest, Verdict::kHit);
  }
}

void ManifestHandler::OnDigestLookup(const PullRequest& request, const ManifestLookup& known) {
  auto ask = PlanPullByDigest(request.repository, *request.route.digest, known);
  if (ask) {
    Fetch(request, std::move(*ask), known);
  } else {
    Serve(request, known.manifest, Verdict::kHit);
  }
}

void ManifestHandler::Fetch(const PullRequest& request, ManifestRequest ask,
                            const ManifestLookup& known) {
  const std::string key = ManifestFetches::Key(ask);
  services_.manifests.At(
      key, [this, request, known, ask = std::move(ask)](ManifestFetches& fetches) mutable {
        fetches.Fetch(std::move(ask), services_.executor,
                      [this, request, known](Flown<FetchedManifest> fetched) {
                        OnFetched(request, known, std::move(fetched));
                      });
      });
}

void ManifestHandler::OnFetched(const PullRequest& request, const ManifestLookup& known,
                                Flown<FetchedManifest> fetched) {
  if (!fetched.value) {
    const Code code = fetched.value.error().code;
    const bool is_answer = code == Code::kNotFound || code == Code::kDenied;
    if (!is_answer && MayServeStale(known, services_.freshness, services_.clock.WallMillis())) {
      Serve(request, known.manifest, Verdict::kStale);
    } else {
      RespondError(request, fetched.value.error());
    }
    return;
  }
  const FetchedManifest& got = *fetched.value;
  if (got.manifest) {
    Serve(request, got.manifest, fetched.collapsed ? Verdict::kCollapsed : Verdict::kMiss);
  } else if (known.manifest && known.manifest->digest == got.digest) {
    Serve(request, known.manifest, Verdict::kRevalidated);
  } else {
    ServeHeld(request, got.digest, Verdict::kRevalidated);
  }
}

// Another asker held the bytes when the upstream confirmed the digest: they are in the cache.
void ManifestHandler::ServeHeld(const PullRequest& request, const Digest& digest, Verdict verdict) {
  services_.cache.LookupManifest(
      request.repository, digest, services_.executor,
      [this, request, digest, verdict](Result<ManifestLookup> known) {
        if (known && known->manifest) {
          Serve(request, known->manifest, verdict);
          return;
        }
        Fetch(request, {request.repository, Reference(digest), std::nullopt}, {});
      });
}

void ManifestHandler::Serve(const PullRequest& request, const ManifestPtr& manifest,
                            Verdict verdict) {
  std::string digest = manifest->digest.ToString();
  request.exchange->record().digest = digest;
  if (!request.exchange->IsHead()) {
    services_.prefetch_trigger.OnTaken(request.repository, *manifest);
  }
  const bool not_modified = MatchesIfNoneMatch(request.exchange->request(), digest);
  Response response = NewResponse(not_modified ? 304 : 200, request.route.ns);
  response.fields.Add("Content-Type", manifest->media_type);
  response.fields.Add("ETag", ETagOf(digest));
  response.fields.Add("Docker-Content-Digest", std::move(digest));
  SetVerdict(request, response, verdict);
  response.shared_body = std::shared_ptr<const std::string>(manifest, &manifest->bytes);
  request.exchange->Respond(std::move(response));
}

}  // namespace longshore
