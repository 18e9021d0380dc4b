// longshore reload
#include <CLI/CLI.hpp>
#include <memory>

#include "proxy/cli/act.h"
#include "proxy/cli/subcommand.h"

namespace longshore::cli {

Run DeclareReload(CLI::App& app) {
  auto options = std::make_shared<AdminOptions>();
  AddAdminOptions(app, *options);
  return [options] {
    return WithAdmin(
        *options, [&](const AdminClient& client) { return Act(client, *options, "reload", {}); });
  };
}

}  // namespace longshore::cli
