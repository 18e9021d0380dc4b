#include "proxy/command_line.h"

#include <CLI/CLI.hpp>

namespace longshore {
namespace {

CLI::App* AddHealth(CLI::App& app, Command& command) {
  auto* health = app.add_subcommand("health", "ask a running mirror whether it is ready");
  health->add_option("--admin", command.admin, "its admin listener, HOST:PORT");
  health->add_option("--config", command.config_file, "its YAML file, which says where that is");
  return health;
}

CLI::App* AddSetup(CLI::App& app, Command& command) {
  auto* setup = app.add_subcommand("setup", "point a client of this machine at a mirror");
  setup->add_option("CLIENT", command.setup.client, "docker, containerd, podman or k3s")
      ->required()
      ->check(CLI::IsMember({"docker", "containerd", "podman", "k3s"}));
  setup->add_option("--mirror", command.setup.mirror.url,
                    "http://HOST:PORT or https://HOST:PORT; without one, the configuration's");
  setup->add_option("--upstream", command.setup.mirror.upstreams,
                    "a registry to ask it for, docker.io; may be repeated; without one, all of the "
                    "configuration's");
  setup->add_option("--config", command.config_file, "the mirror's YAML file");
  setup->add_option("--root", command.setup.root, "a folder that stands for /");
  setup->add_flag("--print", command.setup.print, "write nothing, print what would be written");
  setup->add_flag("--undo", command.setup.undo, "take it back");
  return setup;
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
  auto* version = app.add_subcommand("version", "print the version");
  auto* health = AddHealth(app, command);
  auto* setup = AddSetup(app, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    command.exit_status = app.exit(error) == 0 ? 0 : 2;
    return command;
  }
  if (serve->parsed()) command.kind = Command::Kind::kServe;
  if (check->parsed()) command.kind = Command::Kind::kCheckConfig;
  if (version->parsed()) command.kind = Command::Kind::kVersion;
  if (health->parsed()) command.kind = Command::Kind::kHealth;
  if (setup->parsed()) command.kind = Command::Kind::kSetup;
  return command;
}

}  // namespace longshore
