// longshore warm REF... [--platform OS/ARCH]
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "proxy/cli/progress.h"
#include "proxy/cli/subcommand.h"
#include "proxy/cli/table.h"
#include "proxy/cli/task_watch.h"

namespace longshore::cli {
namespace {

struct Options {
  AdminOptions admin;
  std::vector<std::string> refs;
  std::string platform;
};

std::vector<LayerProgress> LayersOf(const Json& task) {
  std::vector<LayerProgress> layers;
  for (const Json& item : task["items"]) {
    layers.push_back({ShortDigest(Text(item, "digest")), Number(item, "size"),
                      Number(item, "present"), Text(item, "state")});
  }
  return layers;
}

ProgressView ViewOfThisTerminal() {
  winsize size{};
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const bool known = terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  const size_t columns = known && size.ws_col > 0 ? size.ws_col : 80;
  const size_t rows = known && size.ws_row > 0 ? size.ws_row : 24;
  return ProgressView(terminal, columns, rows);
}

Result<int> WarmOne(const AdminClient& client, const Options& options, const std::string& ref) {
  QueryPairs query = {{"ref", ref}};
  if (!options.platform.empty()) query.emplace_back("platform", options.platform);
  ProgressView view = ViewOfThisTerminal();
  auto task = WatchTask(client, "warm", query, [&](const Json& seen) {
    if (options.admin.json) return;
    std::cout << view.Show(LayersOf(seen), std::chrono::steady_clock::now()) << std::flush;
  });
  if (!task) return tl::unexpected(task.error());
  const bool good = Text(*task, "state") == "done";
  if (options.admin.json) {
    std::cout << task->dump() << "\n";
  } else {
    (good ? std::cout : std::cerr)
        << Text(*task, "subject") << ": " << Text(*task, "message") << "\n";
  }
  return good ? 0 : 1;
}

}  // namespace

Run DeclareWarm(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddAdminOptions(app, options->admin);
  app.add_option("REF", options->refs, "images, like docker.io/library/debian:12")->required();
  app.add_option("--platform", options->platform,
                 "linux/amd64, or all [that of the machine Longshore runs on]");
  return [options] {
    return WithAdmin(options->admin, [&](const AdminClient& client) -> Result<int> {
      int worst = 0;
      for (const std::string& ref : options->refs) {
        auto status = WarmOne(client, *options, ref);
        if (!status) return status;
        worst = std::max(worst, *status);
      }
      return worst;
    });
  };
}

}  // namespace longshore::cli
