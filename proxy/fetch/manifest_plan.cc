#include "proxy/fetch/manifest_plan.h"

namespace longshore {

bool IsFresh(const TagState& tag, Duration ttl, int64_t now) {
  const int64_t age = now - tag.proven_at;
  return age >= 0 && age < ttl.count();
}

std::optional<ManifestRequest> PlanPullByTag(const RepositoryKey& repository,
                                             const std::string& tag, const ManifestLookup& known,
                                             bool is_fresh) {
  if (is_fresh && known.manifest) return std::nullopt;
  ManifestRequest ask{repository, Reference(tag), std::nullopt};
  if (is_fresh) {
    ask.reference =
        Reference(known.tag->digest);  // its bytes were evicted; what it points at is known
  } else if (known.manifest) {
    ask.known = known.tag->digest;
  }
  return ask;
}

std::optional<ManifestRequest> PlanPullByDigest(const RepositoryKey& repository,
                                                const Digest& digest, const ManifestLookup& known) {
  if (known.manifest && known.linked) return std::nullopt;
  ManifestRequest ask{repository, Reference(digest), std::nullopt};
  if (known.manifest) ask.known = digest;
  return ask;
}

int64_t StaleUntil(const TagState& tag, const Freshness& freshness) {
  return tag.proven_at + (freshness.tag_ttl + freshness.stale_if_error).count();
}

bool MayServeStale(const ManifestLookup& known, const Freshness& freshness, int64_t now) {
  return known.tag && known.manifest && now < StaleUntil(*known.tag, freshness);
}

}  // namespace longshore
