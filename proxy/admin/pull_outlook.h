#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cache/store/inventory.h"
#include "proxy/admin/admin_services.h"

namespace longshore {

// What the pull of one manifest would come to if it came now, by the same rules as the pull itself
// (manifest_plan.h, Endpoints), and what leads there.
struct PullOutlook {
  // A literal: "hit", "revalidated", "miss" as in the access log; "stale", what is held is served
  // as the upstream is left alone; "not_found", a 404 is remembered; "unavailable", a 503.
  std::string_view verdict;
  bool is_fresh = false;    // the tag is believed
  Duration ttl{0};          // and for how long tags are now
  int64_t stale_until = 0;  // wall milliseconds; 0: the tag is not known
  std::vector<std::string> sentences;
};

// `image` is what is known of `name`. Any thread.
PullOutlook ForeseePull(const AdminServices& services, const ImageName& name,
                        const ImageState& image);

// "12 s", rounded up.
std::string InSeconds(Duration time);

}  // namespace longshore
