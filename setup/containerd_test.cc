#include "setup/containerd.h"

#include <doctest/doctest.h>

namespace longshore::setup {
namespace {

const Mirror kMirror{"http://127.0.0.1:5000", {"docker.io", "quay.io"}};
const std::string kHost =
    "[host.\"http://127.0.0.1:5000\"]  # longshore setup\n"
    "  capabilities = [\"pull\", \"resolve\"]  # longshore setup\n";

NodeFile HostsToml() {
  return ContainerdFiles(kMirror).front();
}

TEST_CASE("each upstream has its folder, and Docker Hub answers under a name of its own") {
  const auto files = ContainerdFiles(kMirror);
  REQUIRE(files.size() == 2);
  CHECK(files[0].path == "/etc/containerd/certs.d/docker.io/hosts.toml");
  CHECK(files[0].add("").value() == "server = \"https://registry-1.docker.io\"\n\n" + kHost);
  CHECK(files[1].path == "/etc/containerd/certs.d/quay.io/hosts.toml");
  CHECK(files[1].add("").value() == "server = \"https://quay.io\"\n\n" + kHost);
}

TEST_CASE("the mirror comes before the hosts that are there, behind the document's own keys") {
  const std::string keys =
      "# ours\nserver = \"https://registry-1.docker.io\"\nclient = [\n  [\"a.crt\", "
      "\"a.key\"],\n]\n";
  const std::string hosts = "[host.\"https://m.example\"]\n  capabilities = [\"pull\"]\n";
  CHECK(HostsToml().add(keys + hosts).value() == keys + kHost + hosts);
}

TEST_CASE("another mirror's address takes the place of the one setup wrote") {
  const Mirror elsewhere{"https://cache.example:5443", {"docker.io"}};
  const std::string text =
      ContainerdFiles(elsewhere).front().add(HostsToml().add("").value()).value();
  CHECK(text.find("127.0.0.1") == std::string::npos);
  CHECK(text.find("[host.\"https://cache.example:5443\"]") != std::string::npos);
}

TEST_CASE("a mirror that is there already changes nothing") {
  const std::string by_hand = "[host.\"http://127.0.0.1:5000\"]\n";
  CHECK(HostsToml().add(by_hand).value() == by_hand);
  const std::string by_setup = HostsToml().add("").value();
  CHECK(HostsToml().add(by_setup).value() == by_setup);
}

TEST_CASE("a file without an end of line, or with keys alone, gets it all the same") {
  CHECK(HostsToml().add("server = \"https://x.example\"").value() ==
        "server = \"https://x.example\"\n" + kHost);
}

TEST_CASE("what cannot be merged with is refused, with what to put in by hand") {
  const auto inline_table = HostsToml().add("host = {}\n");
  REQUIRE(!inline_table);
  CHECK(inline_table.error().message.find(kHost) != std::string::npos);
  CHECK(HostsToml().add("server = \n").error().message.find("line 1") != std::string::npos);
}

TEST_CASE("what setup put in goes again, whatever came around it") {
  const std::string theirs =
      "server = \"https://x.example\"\n[host.\"https://m.example\"]\n  skip_verify = true\n";
  CHECK(HostsToml().remove("# new\n" + HostsToml().add(theirs).value()).value() ==
        "# new\n" + theirs);
}

}  // namespace
}  // namespace longshore::setup
