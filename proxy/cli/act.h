#pragma once

#include <string>

#include "cache/base/result.h"
#include "proxy/cli/admin_client.h"

namespace longshore::cli {

// Posts one change and prints what came of it: the answer's message, or its JSON. The exit status.
[[nodiscard]] Result<int> Act(const AdminClient& client, const AdminOptions& options,
                              const std::string& endpoint, const QueryPairs& query);

}  // namespace longshore::cli
