#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cache/base/result.h"
#include "proxy/admin/admin_api.h"

namespace longshore {

// Does `query` fit what the endpoint takes? A parameter that it does not know, one that comes twice
// or is missing, and a value that means nothing are kInvalid, with what is allowed: whoever
// misspells one is told, before anything is done. Pure.
[[nodiscard]] Status CheckQuery(const AdminApi::Endpoint& endpoint, const QueryPairs& query);

// The value of a parameter in a query that was checked; empty if it is not there.
std::string Param(const QueryPairs& query, std::string_view key);
bool IsTrue(const QueryPairs& query, std::string_view key);

}  // namespace longshore
