// longshore setup CLIENT [--mirror URL] [--upstream NAME]… [--print] [--undo]
#include "proxy/cli/setup.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <utility>

#include "cache/base/disk.h"
#include "proxy/cli/config_option.h"
#include "proxy/cli/subcommand.h"
#include "proxy/config/config_address.h"
#include "setup/setup.h"

namespace longshore::cli {
namespace {

struct Options {
  std::string config_file;
  setup::Request request;
};

Result<std::string> ChooseUrl(const std::string& asked, const Config& config) {
  if (!asked.empty()) {
    auto url = ParseHttpUrl(asked);
    if (!url) return Fail(Code::kInvalid, "--mirror: " + url.error().message);
    if (!url->path.empty()) return Fail(Code::kInvalid, "--mirror: must have no path");
    return url->ToString();
  }
  const ListenConfig& listener = config.listen.front();
  const ListenAddress& first = listener.address;
  if (first.port == 0 || first.host == "0.0.0.0" || first.host == "::") {
    return Fail(Code::kInvalid, "the mirror listens on " + first.ToString() +
                                    ", which is no address to go to: say --mirror " +
                                    std::string(listener.scheme()) + "://HOST:PORT");
  }
  return std::string(listener.scheme()) + "://" + first.ToString();
}

}  // namespace

Result<setup::Mirror> ChooseMirror(setup::Mirror asked, const Config& config) {
  auto url = ChooseUrl(asked.url, config);
  if (!url) return tl::unexpected(url.error());
  setup::Mirror mirror{std::move(*url), {}};
  for (const std::string& name : asked.upstreams) {
    auto host = ParseHostPort(name);
    if (!host) return Fail(Code::kInvalid, "--upstream " + name + ": " + host.error().message);
    mirror.upstreams.push_back(std::move(*host));
  }
  if (mirror.upstreams.empty()) {
    for (const auto& entry : config.upstreams) mirror.upstreams.push_back(entry.first);
  }
  return mirror;
}

namespace {

Status Setup(const Options& options) {
  auto config = LoadForCommand(options.config_file);
  if (!config) return tl::unexpected(config.error());
  setup::Request request = options.request;
  auto mirror = ChooseMirror(request.mirror, *config);
  if (!mirror) return tl::unexpected(mirror.error());
  request.mirror = std::move(*mirror);
  PosixDisk disk;
  return setup::Run(request, disk, std::cout, std::cerr);
}

}  // namespace

Run DeclareSetup(CLI::App& app) {
  auto options = std::make_shared<Options>();
  setup::Request& request = options->request;
  app.add_option("CLIENT", request.client, "docker, containerd, podman or k3s")
      ->required()
      ->check(CLI::IsMember({"docker", "containerd", "podman", "k3s"}));
  app.add_option("--mirror", request.mirror.url,
                 "http://HOST:PORT or https://HOST:PORT; without one, the configuration's");
  app.add_option("--upstream", request.mirror.upstreams,
                 "a registry to ask it for, docker.io; may be repeated; without one, all of the "
                 "configuration's");
  app.add_option("--config", options->config_file, "the mirror's YAML file");
  app.add_option("--root", request.root, "a folder that stands for /");
  app.add_flag("--print", request.print, "write nothing, print what would be written");
  app.add_flag("--undo", request.undo, "take it back");
  return [options] {
    const Status done = Setup(*options);
    if (done) return 0;
    const bool may_need_root = done.error().code == Code::kIo && ::geteuid() != 0;
    std::cerr << "longshore setup: " << done.error().message
              << (may_need_root ? "; run it as root" : "") << "\n";
    return 1;
  };
}

}  // namespace longshore::cli
