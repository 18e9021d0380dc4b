// longshore drain [--undo] [--wait SECONDS]
#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <thread>

#include "proxy/cli/act.h"
#include "proxy/cli/json.h"
#include "proxy/cli/subcommand.h"

namespace longshore::cli {
namespace {

struct Options {
  AdminOptions admin;
  bool undo = false;
  int wait = 0;  // seconds
};

// 1: clients are still connected when the time is over.
Result<int> WaitForClients(const AdminClient& client, int seconds) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(seconds);
  for (;;) {
    auto body = client.Get("stats", {});
    if (!body) return tl::unexpected(body.error());
    auto stats = ParseAnswer(*body);
    if (!stats) return tl::unexpected(stats.error());
    const uint64_t connections = Number(*stats, "connections");
    if (connections == 0) return 0;
    if (Clock::now() >= deadline) {
      std::cerr << "longshore: " << connections << " client connections are still open\n";
      return 1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

}  // namespace

Run DeclareDrain(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddAdminOptions(app, options->admin);
  app.add_flag("--undo", options->undo, "ready again");
  app.add_option("--wait", options->wait, "for so many seconds until no client is connected")
      ->check(CLI::Range(0, 86'400));
  return [options] {
    return WithAdmin(options->admin, [&](const AdminClient& client) -> Result<int> {
      auto status =
          Act(client, options->admin, "drain", {{"undo", options->undo ? "true" : "false"}});
      if (!status || options->undo || options->wait == 0) return status;
      return WaitForClients(client, options->wait);
    });
  };
}

}  // namespace longshore::cli
