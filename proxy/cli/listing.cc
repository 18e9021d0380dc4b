#include "proxy/cli/listing.h"

#include <algorithm>

#include "cache/store/glob.h"

namespace longshore::cli {
namespace {

constexpr uint64_t kPage = 500;

}  // namespace

Result<Listed> ForEachImage(const AdminClient& client, const Listing& listing,
                            const std::function<void(const Json& image)>& each) {
  Listed listed;
  std::string from;
  do {
    // One more than is wanted tells whether there are more.
    const uint64_t limit = std::min(kPage, listing.most - listed.count + 1);
    auto body = client.Get("ls", {{"pattern", listing.pattern},
                                  {"pinned", listing.only_pinned ? "true" : "false"},
                                  {"from", from},
                                  {"limit", std::to_string(limit)}});
    if (!body) return tl::unexpected(body.error());
    auto page = ParseAnswer(*body);
    if (!page) return tl::unexpected(page.error());
    for (const Json& image : (*page)["images"]) {
      listed.more = listed.count == listing.most;
      if (listed.more) return listed;
      each(image);
      ++listed.count;
    }
    from = Text(*page, "next");
  } while (!from.empty());
  return listed;
}

std::string PatternOf(const std::string& word) {
  if (word.empty()) return "*";
  return IsGlob(word) ? word : "*" + word + "*";
}

}  // namespace longshore::cli
