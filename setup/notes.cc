#include "setup/notes.h"

#include <algorithm>

#include "setup/edit.h"
#include "setup/podman.h"
#include "setup/toml_text.h"

namespace longshore::setup {
namespace {

constexpr const char* kConfigToml = "/etc/containerd/config.toml";
constexpr const char* kRegistriesConf = "/etc/containers/registries.conf";
constexpr const char* kDropIns = "/etc/containers/registries.conf.d";

// Where the versions 2 and 3 of containerd's configuration keep it.
const std::vector<std::vector<std::string>> kConfigPaths = {
    {"plugins", "io.containerd.grpc.v1.cri", "registry", "config_path"},
    {"plugins", "io.containerd.cri.v1.images", "registry", "config_path"}};

std::string TextOf(const std::string& path, Disk& disk) {
  return ReadNodeFile(path, disk).value_or(std::string());
}

std::vector<std::string> RegistryFiles(const std::string& root, Disk& disk) {
  std::vector<std::string> files = {kRegistriesConf};
  for (const std::string& name : disk.List(root + kDropIns).value_or(std::vector<std::string>())) {
    const std::string path = std::string(kDropIns) + "/" + name;
    if (name.ends_with(".conf") && path != kPodmanFile) files.push_back(path);
  }
  return files;
}

std::vector<std::string> Registries(const std::string& text) {
  std::vector<std::string> names;
  for (const char* key : {"prefix", "location"}) {
    if (auto found = TomlStrings(text, "registry", key)) {
      names.insert(names.end(), found->begin(), found->end());
    }
  }
  return names;
}

}  // namespace

std::vector<std::string> ContainerdNotes(const std::string& root, Disk& disk) {
  const std::string config = TextOf(root + kConfigToml, disk);
  for (const auto& path : kConfigPaths) {
    const auto folders = TomlString(config, path);
    if (folders && *folders && (*folders)->find("/etc/containerd/certs.d") != std::string::npos) {
      return {};
    }
  }
  return {
      "For Kubernetes (CRI), /etc/containerd/config.toml also needs this, and containerd a "
      "restart; the table's name is of containerd 1, in 2 it is "
      "[plugins.\"io.containerd.cri.v1.images\".registry]:\n"
      "[plugins.\"io.containerd.grpc.v1.cri\".registry]\n"
      "  config_path = \"/etc/containerd/certs.d\""};
}

std::vector<std::string> PodmanNotes(const std::string& root, const Mirror& mirror, Disk& disk) {
  std::vector<std::string> notes;
  for (const std::string& file : RegistryFiles(root, disk)) {
    const auto names = Registries(TextOf(root + file, disk));
    for (const std::string& upstream : mirror.upstreams) {
      if (std::find(names.begin(), names.end(), upstream) == names.end()) continue;
      notes.push_back(root + file + " has a [[registry]] for " + upstream +
                      " too, and only one of the two counts, that of the file whose name sorts "
                      "last: make them one by hand");
    }
  }
  return notes;
}

}  // namespace longshore::setup
