#pragma once

#include <optional>

#include "cache/base/clock.h"

namespace longshore {

// However little is left of a rate limit, a tag is believed at most so many times longer, and not
// for longer than the bound on account of that.
inline constexpr double kMostStretch = 10;
inline constexpr Duration kMostStretchedTtl = std::chrono::hours(1);

// How long a tag is believed when `left` (from 0 to 1) of its upstream's rate limit is left:
// `tag_ttl` while that is half or more, or not known, then longer in proportion, up to the bounds.
// A `tag_ttl` above the bound stays as it is. Pure, any thread.
Duration StretchedTtl(Duration tag_ttl, std::optional<double> left);

}  // namespace longshore
