#pragma once

#include <string>

#include "cache/store/inventory.h"
#include "proxy/admin/admin_answer.h"
#include "proxy/admin/admin_services.h"

namespace longshore {

// Purge on a person's word. Both block: pool only.

// Every image that the pattern matches, AdminApi::kMostPurged at most; what is pinned and stays
// does not count.
AdminAnswer PurgePattern(const AdminServices& services, const std::string& pattern,
                         const PurgeOptions& options);
// An image, or one manifest or blob by its bare digest.
AdminAnswer PurgeRef(const AdminServices& services, const std::string& ref,
                     const PurgeOptions& options);

}  // namespace longshore
