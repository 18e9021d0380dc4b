// longshore purge REF|PATTERN|DIGEST
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cache/store/glob.h"
#include "proxy/cli/act.h"
#include "proxy/cli/listing.h"
#include "proxy/cli/subcommand.h"

namespace longshore::cli {
namespace {

struct Options {
  AdminOptions admin;
  std::string what;
  bool force = false;
  bool dry_run = false;
};

constexpr uint64_t kMostShown = 100'000;

// What a pattern matches, one a line; or a JSON array, as `ls` has it.
Result<int> ShowMatches(const AdminClient& client, const Options& options) {
  Json images = Json::array();
  auto listed = ForEachImage(client, {options.what, false, kMostShown}, [&](const Json& image) {
    if (options.admin.json) {
      images.push_back(image);
      return;
    }
    std::cout << Text(image, "reference") << (image.value("pinned", false) ? " (pinned)" : "")
              << "\n";
  });
  if (!listed) return tl::unexpected(listed.error());
  if (options.admin.json) std::cout << images.dump() << "\n";
  std::cerr << listed->count << (listed->more ? " and more" : "")
            << " images match; nothing was purged\n";
  return 0;
}

// The server takes a bounded number of tags at a time.
Result<int> PurgePattern(const AdminClient& client, const Options& options) {
  const QueryPairs query = {{"pattern", options.what}, {"force", options.force ? "true" : "false"}};
  for (bool more = true; more;) {
    auto body = client.Post("purge", query);
    if (!body) return tl::unexpected(body.error());
    auto answer = ParseAnswer(*body);
    if (!answer) return tl::unexpected(answer.error());
    std::cout << (options.admin.json ? *body : Text(*answer, "message") + "\n");
    // What is pinned stays and would be offered for ever.
    more = answer->value("more", false) && Number(*answer, "tags") > 0;
  }
  return 0;
}

Result<int> Purge(const AdminClient& client, const Options& options) {
  if (IsGlob(options.what)) {
    return options.dry_run ? ShowMatches(client, options) : PurgePattern(client, options);
  }
  return Act(client, options.admin, "purge",
             {{"ref", options.what},
              {"force", options.force ? "true" : "false"},
              {"dry_run", options.dry_run ? "true" : "false"}});
}

}  // namespace

Run DeclarePurge(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddAdminOptions(app, options->admin);
  app.add_option("WHAT", options->what,
                 "an image, a digest, or a pattern of upstream/repository:tag with * and ?")
      ->required();
  app.add_flag("--force", options->force, "what is pinned, too");
  app.add_flag("--dry-run", options->dry_run, "only say what would go, or what a pattern matches");
  return [options] {
    return WithAdmin(options->admin,
                     [&](const AdminClient& client) { return Purge(client, *options); });
  };
}

}  // namespace longshore::cli
