#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cache/base/clock.h"
#include "cache/cache.h"
#include "proxy/fetch/manifest_fetch.h"

namespace longshore {

// How long a tag is believed.
struct Freshness {
  Duration tag_ttl{0};         // without asking upstream
  Duration stale_if_error{0};  // past that, when the upstream fails
};

// What a pull of a manifest comes to, given what is held of it: the pull does it, and `why` tells
// it. Pure, any thread. `now` is wall milliseconds.

// `ttl`: see StretchedTtl.
bool IsFresh(const TagState& tag, Duration ttl, int64_t now);
// What is asked of the upstream; nothing: what is held is the answer.
std::optional<ManifestRequest> PlanPullByTag(const RepositoryKey& repository,
                                             const std::string& tag, const ManifestLookup& known,
                                             bool is_fresh);
std::optional<ManifestRequest> PlanPullByDigest(const RepositoryKey& repository,
                                                const Digest& digest, const ManifestLookup& known);
// Until when, in wall milliseconds, what is held is served if the upstream fails.
int64_t StaleUntil(const TagState& tag, const Freshness& freshness);
bool MayServeStale(const ManifestLookup& known, const Freshness& freshness, int64_t now);

}  // namespace longshore
