#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/oci/percent.h"

namespace longshore {

// Pagination links: RFC 8288 and distribution-spec 1.1, "Listing Tags". Pure functions, any thread.

// The query of the first link whose rel has "next", decoded. `header` is the value of the
// upstream's Link header(s), joined with ", ". Where the link points is of no interest: the proxy
// asks the same upstream, the same path, and only the parameters count. Nothing when there is no
// such link, or it has no query (it would lead nowhere new).
[[nodiscard]] std::optional<QueryPairs> NextPageQuery(std::string_view header);

// `</v2/a/b/tags/list?n=10&last=x>; rel="next"`. `path` is decoded. Parameters of the upstream
// named "ns" are the caller's to replace.
std::string MakeLink(std::string_view path, const QueryPairs& query);

}  // namespace longshore
