#include "proxy/command_line.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "proxy/cli/subcommand.h"
#include "proxy/version.h"

namespace longshore {
namespace {

void AddSubcommand(CLI::App& app, const cli::Subcommand& subcommand, Command& command) {
  CLI::App* added = app.add_subcommand(subcommand.name, subcommand.help);
  added->callback([&command, run = subcommand.declare(*added)] {
    command.kind = Command::Kind::kRun;
    command.run = run;
  });
}

}  // namespace

Command ParseCommandLine(int argc, const char* const* argv) {
  CLI::App app("Longshore: a pull-through cache for container images");
  app.require_subcommand(1);
  Command command;
  auto* serve = app.add_subcommand("serve", "run the mirror");
  serve->add_option("--config", command.config_file,
                    "YAML file; without one, Docker Hub on 127.0.0.1:5000");
  auto* check =
      app.add_subcommand("check-config", "say everything that is wrong with a configuration");
  check->add_option("FILE", command.config_file, "YAML file")->required();
  app.add_subcommand("version", "print the version")->callback([&command] {
    command.kind = Command::Kind::kRun;
    command.run = [] {
      std::cout << "longshore " << kVersion << "\n";
      return 0;
    };
  });
  for (const cli::Subcommand& subcommand : cli::Subcommands()) {
    AddSubcommand(app, subcommand, command);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    command.kind = Command::Kind::kExit;
    // What does not exist is told first: also if help about it is asked for, or it stands where a
    // subcommand is missed.
    const auto unknown = app.remaining(true);
    const bool is_vague = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success) ||
                          error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError);
    const int status =
        is_vague && !unknown.empty() ? app.exit(CLI::ExtrasError(unknown)) : app.exit(error);
    command.exit_status = status == 0 ? 0 : 2;
    return command;
  }
  if (serve->parsed()) command.kind = Command::Kind::kServe;
  if (check->parsed()) command.kind = Command::Kind::kCheckConfig;
  return command;
}

}  // namespace longshore
