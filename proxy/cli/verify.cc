// longshore verify [DIGEST]
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "proxy/cli/subcommand.h"
#include "proxy/cli/task_watch.h"
#include "proxy/page/human.h"

namespace longshore::cli {
namespace {

struct Options {
  AdminOptions admin;
  std::string digest;
};

Result<int> Verify(const AdminClient& client, const Options& options) {
  QueryPairs query;
  if (!options.digest.empty()) query.emplace_back("digest", options.digest);
  const bool live = ::isatty(STDERR_FILENO) == 1 && !options.admin.json;
  auto task = WatchTask(client, "verify", query, [live](const Json& seen) {
    if (!live) return;
    std::cerr << "\r\x1b[K" << Number(seen, "checked") << " blobs, "
              << HumanBytes(Number(seen, "checked_bytes")) << std::flush;
  });
  if (live) std::cerr << "\r\x1b[K";
  if (!task) return tl::unexpected(task.error());
  const bool good = Text(*task, "state") == "done";
  if (options.admin.json) {
    std::cout << task->dump() << "\n";
    return good ? 0 : 1;
  }
  for (const Json& digest : (*task)["damaged"]) {
    std::cout << digest.get<std::string>() << " is damaged\n";
  }
  std::cout << Number(*task, "checked") << " blobs, " << HumanBytes(Number(*task, "checked_bytes"))
            << ": " << Text(*task, "message") << "\n";
  return good ? 0 : 1;
}

}  // namespace

Run DeclareVerify(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddAdminOptions(app, options->admin);
  app.add_option("DIGEST", options->digest, "one blob; all of them without it");
  return [options] {
    return WithAdmin(options->admin,
                     [&](const AdminClient& client) { return Verify(client, *options); });
  };
}

}  // namespace longshore::cli
