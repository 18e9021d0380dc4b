#pragma once

#include <functional>
#include <span>

namespace CLI {
class App;
}

namespace longshore::cli {

// What a subcommand does once its arguments are read: blocks, prints, answers the exit status (0
// done, 1 not done, 2 wrong arguments).
using Run = std::function<int()>;

// One subcommand of `longshore`.
struct Subcommand {
  const char* name;
  const char* help;
  Run (*declare)(CLI::App& app);  // says its arguments to `app`; what it returns sees their values
};

// All but serve, check-config and version. To add one: its file, and a line in subcommands.cc.
std::span<const Subcommand> Subcommands();

// Each in a file of its name.
Run DeclareDrain(CLI::App& app);
Run DeclareFills(CLI::App& app);
Run DeclareHealth(CLI::App& app);
Run DeclareLogs(CLI::App& app);
Run DeclareLs(CLI::App& app);
Run DeclarePin(CLI::App& app);
Run DeclarePurge(CLI::App& app);
Run DeclareReload(CLI::App& app);
Run DeclareSetup(CLI::App& app);
Run DeclareStats(CLI::App& app);
Run DeclareUnpin(CLI::App& app);
Run DeclareVerify(CLI::App& app);
Run DeclareWarm(CLI::App& app);
Run DeclareWhy(CLI::App& app);

}  // namespace longshore::cli
