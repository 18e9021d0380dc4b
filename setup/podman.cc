#include "setup/podman.h"

namespace longshore::setup {
namespace {

constexpr std::string_view kFirstLine =
    "# Written by `longshore setup podman`; with --undo it goes again.\n";

std::string Registry(const Mirror& mirror, const std::string& upstream) {
  return "\n[[registry]]\nlocation = \"" + upstream + "\"\n[[registry.mirror]]\nlocation = \"" +
         Authority(mirror) + "/" + upstream + "\"\n" + (IsPlain(mirror) ? "insecure = true\n" : "");
}

std::string Text(const Mirror& mirror) {
  std::string text(kFirstLine);
  for (const std::string& upstream : mirror.upstreams) text += Registry(mirror, upstream);
  return text;
}

}  // namespace

std::vector<NodeFile> PodmanFiles(const Mirror& mirror) {
  return {{kPodmanFile,
           [mirror](const std::string&) -> Result<std::string> { return Text(mirror); },
           [](const std::string& present) -> Result<std::string> {
             return present.starts_with(kFirstLine) ? std::string() : present;
           }}};
}

}  // namespace longshore::setup
