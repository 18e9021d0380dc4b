// longshore pin [REF...], longshore unpin REF...
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "proxy/cli/act.h"
#include "proxy/cli/json.h"
#include "proxy/cli/subcommand.h"
#include "proxy/cli/table.h"

namespace longshore::cli {
namespace {

struct Options {
  AdminOptions admin;
  std::vector<std::string> refs;
};

Result<int> ListPins(const AdminClient& client, const AdminOptions& options) {
  auto body = client.Get("pins", {});
  if (!body) return tl::unexpected(body.error());
  if (options.json) {
    std::cout << *body;
    return 0;
  }
  auto answer = ParseAnswer(*body);
  if (!answer) return tl::unexpected(answer.error());
  std::vector<std::vector<std::string>> rows = {{"PINNED", "SINCE"}};
  for (const Json& pin : (*answer)["pins"]) {
    rows.push_back({Text(pin, "reference"), Text(pin, "pinned_at")});
  }
  std::cout << (rows.size() == 1 ? "nothing is pinned\n" : FormatTable(rows, {}));
  return 0;
}

Result<int> ActOnEach(const AdminClient& client, const Options& options, const char* endpoint) {
  for (const std::string& ref : options.refs) {
    auto status = Act(client, options.admin, endpoint, {{"ref", ref}});
    if (!status) return status;
  }
  return 0;
}

}  // namespace

Run DeclarePin(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddAdminOptions(app, options->admin);
  app.add_option("REF", options->refs, "images, like docker.io/library/debian:12");
  return [options] {
    return WithAdmin(options->admin, [&](const AdminClient& client) {
      return options->refs.empty() ? ListPins(client, options->admin)
                                   : ActOnEach(client, *options, "pin");
    });
  };
}

Run DeclareUnpin(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddAdminOptions(app, options->admin);
  app.add_option("REF", options->refs, "images that are pinned")->required();
  return [options] {
    return WithAdmin(options->admin, [&](const AdminClient& client) {
      return ActOnEach(client, *options, "unpin");
    });
  };
}

}  // namespace longshore::cli
