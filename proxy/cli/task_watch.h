#pragma once

#include <functional>
#include <string>

#include "cache/base/result.h"
#include "proxy/cli/admin_client.h"
#include "proxy/cli/json.h"

namespace longshore::cli {

// Starts a task and looks at it until it is over, five times a second; `seen` gets every look. The
// last one. Blocks.
[[nodiscard]] Result<Json> WatchTask(const AdminClient& client, const std::string& endpoint,
                                     const QueryPairs& query,
                                     const std::function<void(const Json& task)>& seen);

}  // namespace longshore::cli
