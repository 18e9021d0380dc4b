// longshore ls [PATTERN]
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "proxy/cli/listing.h"
#include "proxy/cli/subcommand.h"
#include "proxy/cli/table.h"
#include "proxy/page/human.h"

namespace longshore::cli {
namespace {

struct Options {
  AdminOptions admin;
  std::string pattern;
  bool pinned = false;
  uint64_t limit = 10'000;
};

std::vector<std::string> RowOf(const Json& image) {
  return {Text(image, "reference"),
          ShortDigest(Text(image, "digest")),
          HumanBytes(Number(image, "bytes_present")),
          HumanBytes(Number(image, "bytes")),
          Text(image, "proven_at"),
          image.value("pinned", false) ? "pinned" : ""};
}

// A JSON array of all pages, or a table.
Result<int> List(const AdminClient& client, const Options& options) {
  std::vector<std::vector<std::string>> rows = {{"IMAGE", "DIGEST", "HERE", "OF", "PROVEN", ""}};
  Json images = Json::array();
  const Listing listing{PatternOf(options.pattern), options.pinned, options.limit};
  auto listed = ForEachImage(client, listing, [&](const Json& image) {
    rows.push_back(RowOf(image));
    if (options.admin.json) images.push_back(image);
  });
  if (!listed) return tl::unexpected(listed.error());
  if (options.admin.json) {
    std::cout << images.dump() << "\n";
  } else if (rows.size() == 1) {
    std::cerr << "no image that is known here matches\n";
  } else {
    std::cout << FormatTable(rows, {2, 3});
  }
  if (listed->more) {
    std::cerr << "longshore: stopped after " << listed->count << " images; --limit allows more\n";
  }
  return 0;
}

}  // namespace

Run DeclareLs(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddAdminOptions(app, options->admin);
  app.add_option("PATTERN", options->pattern,
                 "part of upstream/repository:tag, or a pattern of all of it with * and ?");
  app.add_flag("--pinned", options->pinned, "only what is pinned");
  app.add_option("--limit", options->limit, "at most so many [10000]")
      ->check(CLI::Range(uint64_t{1}, uint64_t{100'000'000}));
  return [options] {
    return WithAdmin(options->admin,
                     [&](const AdminClient& client) { return List(client, *options); });
  };
}

}  // namespace longshore::cli
