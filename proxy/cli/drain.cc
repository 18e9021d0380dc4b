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

// Until nothing is being answered: clients and load balancers keep connections they do not use, and
// a stop closes those without a loss. 1: the time is over before.
Result<int> WaitForAnswers(const AdminClient& client, int seconds) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(seconds);
  for (;;) {
    auto body = client.Get("stats", {});
    if (!body) return tl::unexpected(body.error());
    auto stats = ParseAnswer(*body);
    if (!stats) return tl::unexpected(stats.error());
    const uint64_t requests = Number(*stats, "requests");
    if (requests == 0) return 0;
    if (Clock::now() >= deadline) {
      std::cerr << "longshore: " << requests
                << " requests are still being answered; clients resume what a stop cuts off\n";
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
  app.add_option("--wait", options->wait, "for so many seconds until no request is being answered")
      ->check(CLI::Range(0, 86'400));
  return [options] {
    return WithAdmin(options->admin, [&](const AdminClient& client) -> Result<int> {
      auto status =
          Act(client, options->admin, "drain", {{"undo", options->undo ? "true" : "false"}});
      if (!status || options->undo || options->wait == 0) return status;
      return WaitForAnswers(client, options->wait);
    });
  };
}

}  // namespace longshore::cli
