#include "proxy/command_line.h"

#include <CLI/CLI.hpp>

namespace longshore {

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
  auto* version = app.add_subcommand("version", "print the version");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    command.exit_status = app.exit(error) == 0 ? 0 : 2;
    return command;
  }
  if (serve->parsed()) command.kind = Command::Kind::kServe;
  if (check->parsed()) command.kind = Command::Kind::kCheckConfig;
  if (version->parsed()) command.kind = Command::Kind::kVersion;
  return command;
}

}  // namespace longshore
