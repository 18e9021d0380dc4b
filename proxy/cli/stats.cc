// longshore stats
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

void Print(const Json& stats) {
  const Json& storage = stats["storage"];
  const Json& hour = stats["last_hour"];
  uint64_t sent = 0;
  uint64_t fetched = 0;
  for (const Json& minute : hour["minutes"]) {
    sent += Number(minute, "client_bytes");
    fetched += Number(minute, "upstream_bytes");
  }
  const uint64_t hits = Number(hour, "hits");
  const uint64_t used = Number(storage, "used_bytes");
  const uint64_t capacity = Number(storage, "capacity_bytes");
  std::cout << FormatTable(
      {{"longshore", Text(stats, "version") + ", region " + Text(stats, "region") + ", " +
                         (stats.value("ready", false) ? "ready" : "not ready")},
       {"storage",
        HumanBytes(used) + " of " + HumanBytes(capacity) + ", " + HumanRatio(used, capacity)},
       {"evicted", std::to_string(Number(storage, "evictions")) + " objects, " +
                       HumanBytes(Number(storage, "evicted_bytes")) + ", since the start"},
       {"hit ratio", HumanRatio(hits, hits + Number(hour, "misses")) + " of " +
                         std::to_string(hits + Number(hour, "misses")) + " in the last hour"},
       {"traffic", HumanBytes(sent) + " to clients, " + HumanBytes(fetched) +
                       " from upstreams, in the last hour"},
       {"connections", std::to_string(Number(stats, "connections")) + ", " +
                           std::to_string(Number(stats, "requests")) + " requests being answered"}},
      {});
}

}  // namespace

Run DeclareStats(CLI::App& app) {
  auto options = std::make_shared<AdminOptions>();
  AddAdminOptions(app, *options);
  return [options] {
    return WithAdmin(*options, [&](const AdminClient& client) -> Result<int> {
      auto body = client.Get("stats", {});
      if (!body) return tl::unexpected(body.error());
      if (options->json) {
        std::cout << *body;
        return 0;
      }
      auto stats = ParseAnswer(*body);
      if (!stats) return tl::unexpected(stats.error());
      Print(*stats);
      return 0;
    });
  };
}

}  // namespace longshore::cli
