#include "setup/setup.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/temp_folder.h"

namespace longshore::setup {
namespace {

namespace fs = std::filesystem;

struct Node {
  TempFolder folder;
  PosixDisk disk;
  std::ostringstream out;
  std::ostringstream err;

  Request Ask(const std::string& client) const {
    return {client, {"http://127.0.0.1:5000", {"docker.io", "quay.io"}}, folder.path()};
  }
  void Write(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(folder.path() + path).parent_path());
    std::ofstream(folder.path() + path) << text;
  }
  bool Said(const std::string& words) const { return err.str().find(words) != std::string::npos; }
};

TEST_CASE("a client that is not known is told which ones are") {
  Node node;
  const auto refused = Run(node.Ask("rkt"), node.disk, node.out, node.err);
  REQUIRE(!refused);
  CHECK(refused.error().message == "rkt: must be docker, containerd, podman or k3s");
}

TEST_CASE("with print nothing is written, and the text alone goes to standard output") {
  Node node;
  Request request = node.Ask("docker");
  request.print = true;
  REQUIRE(Run(request, node.disk, node.out, node.err));
  CHECK(node.out.str().starts_with("{\n"));
  CHECK(node.Said("/etc/docker/daemon.json"));
  CHECK(fs::is_empty(node.folder.path()));
}

TEST_CASE("a file that cannot be merged with leaves all as they are") {
  Node node;
  node.Write("/etc/containerd/certs.d/quay.io/hosts.toml", "server = \n");
  CHECK(!Run(node.Ask("containerd"), node.disk, node.out, node.err));
  CHECK(!fs::exists(node.folder.path() + "/etc/containerd/certs.d/docker.io"));
}

TEST_CASE("containerd's config_path is asked for where it is missing") {
  Node node;
  REQUIRE(Run(node.Ask("containerd"), node.disk, node.out, node.err));
  CHECK(node.Said("config_path = \"/etc/containerd/certs.d\""));

  Node configured;
  configured.Write("/etc/containerd/config.toml",
                   "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\n"
                   "  config_path = \"/etc/containerd/certs.d:/etc/docker/certs.d\"\n");
  REQUIRE(Run(configured.Ask("containerd"), configured.disk, configured.out, configured.err));
  CHECK(!configured.Said("config_path"));
}

TEST_CASE("a registry that another file of Podman's speaks of is pointed out") {
  Node node;
  node.Write("/etc/containers/registries.conf", "[[registry]]\nlocation = \"quay.io\"\n");
  node.Write("/etc/containers/registries.conf.d/corp.conf", "[[registry]]\nprefix = \"x.io\"\n");
  REQUIRE(Run(node.Ask("podman"), node.disk, node.out, node.err));
  CHECK(node.Said("/etc/containers/registries.conf has a [[registry]] for quay.io too"));
  CHECK(!node.Said("corp.conf"));
}

TEST_CASE("every client is set up, and undone without a trace but folders") {
  for (const char* client : {"docker", "containerd", "podman", "k3s"}) {
    Node node;
    Request request = node.Ask(client);
    REQUIRE(Run(request, node.disk, node.out, node.err));
    const auto files = [&] {
      size_t count = 0;
      for (const auto& entry : fs::recursive_directory_iterator(node.folder.path())) {
        if (entry.is_regular_file()) ++count;
      }
      return count;
    };
    CHECK(files() >= 1);
    request.undo = true;
    REQUIRE(Run(request, node.disk, node.out, node.err));
    CHECK(files() == 0);
  }
}

}  // namespace
}  // namespace longshore::setup
