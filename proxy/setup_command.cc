#include "proxy/setup_command.h"

#include <unistd.h>

#include <iostream>
#include <utility>

#include "cache/base/disk.h"
#include "proxy/config_address.h"

namespace longshore {
namespace {

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

int RunSetup(setup::Request request, const Config& config) {
  PosixDisk disk;
  auto mirror = ChooseMirror(std::move(request.mirror), config);
  Status done = mirror ? Status() : tl::unexpected(mirror.error());
  if (mirror) {
    request.mirror = std::move(*mirror);
    done = setup::Run(request, disk, std::cout, std::cerr);
  }
  if (done) return 0;
  const bool may_need_root = done.error().code == Code::kIo && ::geteuid() != 0;
  std::cerr << "longshore setup: " << done.error().message
            << (may_need_root ? "; run it as root" : "") << "\n";
  return 1;
}

}  // namespace longshore
