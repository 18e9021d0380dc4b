// longshore fills
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "proxy/cli/admin_client.h"
#include "proxy/cli/json.h"
#include "proxy/cli/subcommand.h"
#include "proxy/cli/table.h"
#include "proxy/page/human.h"

namespace longshore::cli {

Run DeclareFills(CLI::App& app) {
  auto options = std::make_shared<AdminOptions>();
  AddAdminOptions(app, *options);
  return [options] {
    return WithAdmin(*options, [&](const AdminClient& client) -> Result<int> {
      auto body = client.Get("fills", {});
      if (!body) return tl::unexpected(body.error());
      if (options->json) {
        std::cout << *body;
        return 0;
      }
      auto answer = ParseAnswer(*body);
      if (!answer) return tl::unexpected(answer.error());
      std::vector<std::vector<std::string>> rows = {{"REPOSITORY", "BLOB", "HERE", "OF", ""}};
      for (const Json& fill : (*answer)["fills"]) {
        const uint64_t present = Number(fill, "present");
        const uint64_t size = Number(fill, "size");
        rows.push_back({Text(fill, "upstream") + "/" + Text(fill, "repository"),
                        ShortDigest(Text(fill, "digest")), HumanBytes(present), HumanBytes(size),
                        HumanRatio(present, size)});
      }
      std::cout << (rows.size() == 1 ? "nothing is being fetched\n" : FormatTable(rows, {2, 3, 4}));
      return 0;
    });
  };
}

}  // namespace longshore::cli
