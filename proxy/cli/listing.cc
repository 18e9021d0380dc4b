#include "proxy/cli/listing.h"

#include <algorithm>

#include "cache/store/glob.h"

namespace longshore::cli {
namespace {

constexpr uint64_t kPage = 500;

}  // namespace

Result<uint64_t> ForEachImage(const AdminClient& client, const std::string& pattern, uint64_t most,
                              const std::function<void(const Json& image)>& each) {
  uint64_t count = 0;
  std::string from;
  do {
    const uint64_t limit = std::min(kPage, most - count);
    auto body =
        client.Get("ls", {{"pattern", pattern}, {"from", from}, {"limit", std::to_string(limit)}});
    if (!body) return tl::unexpected(body.error());
    auto page = ParseAnswer(*body);
    if (!page) return tl::unexpected(page.error());
    for (const Json& image : (*page)["images"]) {
      each(image);
      ++count;
    }
    from = Text(*page, "next");
  } while (!from.empty() && count < most);
  return count;
}

std::string PatternOf(const std::string& word) {
  if (word.empty()) return "*";
  return IsGlob(word) ? word : "*" + word + "*";
}

}  // namespace longshore::cli
