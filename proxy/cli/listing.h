#pragma once

#include <functional>
#include <string>

#include "cache/base/result.h"
#include "proxy/cli/admin_client.h"
#include "proxy/cli/json.h"

namespace longshore::cli {

struct Listing {
  std::string pattern;  // as the API takes it
  bool only_pinned = false;
  uint64_t most = 0;  // images
};
struct Listed {
  uint64_t count = 0;
  bool more = false;  // than `most` match
};
// Asks for every page of what is listed; `each` gets one image at a time.
[[nodiscard]] Result<Listed> ForEachImage(const AdminClient& client, const Listing& listing,
                                          const std::function<void(const Json& image)>& each);
// As the API takes it: a word without * and ? means everything that has it in its name.
std::string PatternOf(const std::string& word);

}  // namespace longshore::cli
