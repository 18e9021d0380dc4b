#include "setup/containerd.h"

#include <algorithm>

#include "setup/marked_lines.h"
#include "setup/toml_text.h"

namespace longshore::setup {
namespace {

// Where an upstream's own registry answers: Docker Hub's does not under its name.
std::string RegistryUrl(const std::string& upstream) {
  return upstream == "docker.io" ? "https://registry-1.docker.io" : "https://" + upstream;
}

std::string HostLines(const std::string& url) {
  return Marked("[host.\"" + url + "\"]") + Marked("  capabilities = [\"pull\", \"resolve\"]");
}

Result<std::string> Add(const std::string& present, const std::string& upstream,
                        const std::string& url) {
  if (present.empty()) {
    return "server = \"" + RegistryUrl(upstream) + "\"\n\n" + HostLines(url);
  }
  const std::string theirs = WithoutMarkedLines(present);
  const auto hosts = TomlKeys(theirs, {"host"});
  if (!hosts) return tl::unexpected(hosts.error());
  if (std::find(hosts->begin(), hosts->end(), url) != hosts->end()) return present;
  const auto first = FirstTomlTable(theirs);
  if (!first) return tl::unexpected(first.error());
  const std::string merged = InsertLines(theirs, *first, HostLines(url));
  // The hosts may stand in a form that cannot be added to, such as an inline table.
  if (!TomlKeys(merged, {"host"})) {
    return Fail(Code::kInvalid, "cannot be merged with; put this in by hand:\n" + HostLines(url));
  }
  return merged;
}

}  // namespace

std::vector<NodeFile> ContainerdFiles(const Mirror& mirror) {
  std::vector<NodeFile> files;
  for (const std::string& upstream : mirror.upstreams) {
    files.push_back({"/etc/containerd/certs.d/" + upstream + "/hosts.toml",
                     [upstream, url = mirror.url](const std::string& present) {
                       return Add(present, upstream, url);
                     },
                     [](const std::string& present) -> Result<std::string> {
                       return WithoutMarkedLines(present);
                     }});
  }
  return files;
}

}  // namespace longshore::setup
