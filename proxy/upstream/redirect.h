#pragma once

#include <string>

#include "cache/base/result.h"
#include "proxy/upstream/transfer.h"

namespace longshore {

// RFC 9110 §15.4: one that names where to go.
bool IsRedirect(int status);

// Where the redirect `head`, the answer to a request for `url`, leads. kBadUpstream if it names
// nothing that can be asked (§10.2.2), or leads from https to http. Pure, any thread.
[[nodiscard]] Result<std::string> RedirectTarget(const std::string& url, const TransferHead& head);

}  // namespace longshore
