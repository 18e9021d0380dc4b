#pragma once

#include <functional>
#include <string>

#include "cache/base/result.h"
#include "proxy/cli/admin_client.h"
#include "proxy/cli/json.h"

namespace longshore::cli {

// Asks for every page of what `pattern` matches; `each` gets one image at a time, at most `most` of
// them.
[[nodiscard]] Result<uint64_t> ForEachImage(const AdminClient& client, const std::string& pattern,
                                            uint64_t most,
                                            const std::function<void(const Json& image)>& each);
// As the API takes it: a word without * and ? means everything that has it in its name.
std::string PatternOf(const std::string& word);

}  // namespace longshore::cli
