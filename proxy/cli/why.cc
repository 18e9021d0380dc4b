// longshore why REF
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "proxy/cli/admin_client.h"
#include "proxy/cli/json.h"
#include "proxy/cli/subcommand.h"
#include "proxy/cli/table.h"
#include "proxy/page/human.h"

namespace longshore::cli {
namespace {

struct Options {
  AdminOptions admin;
  std::string ref;
  std::string host;
  std::string platform;
};

std::string Here(const Json& content) {
  const std::string state = Text(content, "state");
  if (state != "partial") return state;
  return state + ", " + HumanRatio(Number(content, "present"), Number(content, "size"));
}

void PrintContents(const Json& why) {
  std::vector<std::vector<std::string>> rows = {{"CONTENT", "SIZE", "HERE", "LINK LEDGER"}};
  for (const Json& content : why["contents"]) {
    rows.push_back({ShortDigest(Text(content, "digest")), HumanBytes(Number(content, "size")),
                    Here(content), content.value("linked", false) ? "knows it" : "asks upstream"});
  }
  if (rows.size() > 1) std::cout << "\n" << FormatTable(rows, {1});
}

void PrintPlatforms(const Json& why) {
  std::vector<std::vector<std::string>> rows = {{"PLATFORM", "MANIFEST", "HERE"}};
  for (const Json& platform : why["platforms"]) {
    rows.push_back({Text(platform, "platform"), ShortDigest(Text(platform, "digest")),
                    platform.value("stored", false) ? "present" : "absent"});
  }
  if (rows.size() > 1) std::cout << "\n" << FormatTable(rows, {});
}

Result<int> Why(const AdminClient& client, const Options& options) {
  QueryPairs query = {{"ref", options.ref}};
  if (!options.host.empty()) query.emplace_back("host", options.host);
  if (!options.platform.empty()) query.emplace_back("platform", options.platform);
  auto body = client.Get("why", query);
  if (!body) return tl::unexpected(body.error());
  if (options.admin.json) {
    std::cout << *body;
    return 0;
  }
  auto why = ParseAnswer(*body);
  if (!why) return tl::unexpected(why.error());
  std::cout << Text(*why, "reference") << ": " << Text(*why, "verdict") << "\n";
  for (const Json& sentence : (*why)["explanation"]) {
    std::cout << "  - " << sentence.get<std::string>() << "\n";
  }
  PrintPlatforms(*why);
  PrintContents(*why);
  std::cout << "\nto fetch: " << HumanBytes(Number(*why, "bytes_to_fetch")) << " of "
            << HumanBytes(Number(*why, "bytes")) << " that are known of\n";
  return 0;
}

}  // namespace

Run DeclareWhy(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddAdminOptions(app, options->admin);
  app.add_option("REF", options->ref, "an image, like docker.io/library/debian:12")->required();
  app.add_option("--host", options->host, "the Host header of the pull");
  app.add_option("--platform", options->platform, "of an index: linux/amd64");
  return [options] {
    return WithAdmin(options->admin,
                     [&](const AdminClient& client) { return Why(client, *options); });
  };
}

}  // namespace longshore::cli
