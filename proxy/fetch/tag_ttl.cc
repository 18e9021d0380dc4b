#include "proxy/fetch/tag_ttl.h"

#include <algorithm>

namespace longshore {

Duration StretchedTtl(Duration tag_ttl, std::optional<double> left) {
  constexpr double kPlenty = 0.5;
  if (!left || *left >= kPlenty) return tag_ttl;
  const double stretch = std::min(kMostStretch, kPlenty / std::max(*left, kPlenty / kMostStretch));
  const auto stretched =
      Duration(static_cast<Duration::rep>(static_cast<double>(tag_ttl.count()) * stretch));
  return std::max(tag_ttl, std::min(stretched, kMostStretchedTtl));
}

}  // namespace longshore
