#include "setup/podman.h"

#include <doctest/doctest.h>

namespace longshore::setup {
namespace {

TEST_CASE("the upstream's name goes into the mirror's location") {
  const NodeFile file = PodmanFiles({"http://127.0.0.1:5000", {"docker.io", "quay.io"}}).front();
  CHECK(file.path == "/etc/containers/registries.conf.d/longshore.conf");
  const std::string text = file.add("").value();
  CHECK(text.find("[[registry]]\nlocation = \"docker.io\"\n[[registry.mirror]]\n"
                  "location = \"127.0.0.1:5000/docker.io\"\ninsecure = true\n") !=
        std::string::npos);
  CHECK(text.find("location = \"127.0.0.1:5000/quay.io\"\n") != std::string::npos);
}

TEST_CASE("a mirror with TLS is verified") {
  const NodeFile file = PodmanFiles({"https://cache.example:5443", {"docker.io"}}).front();
  CHECK(file.add("").value().find("insecure") == std::string::npos);
}

TEST_CASE("only a file that setup wrote goes") {
  const NodeFile file = PodmanFiles({"http://127.0.0.1:5000", {"docker.io"}}).front();
  CHECK(file.remove(file.add("").value()).value() == "");
  CHECK(file.remove("[[registry]]\n").value() == "[[registry]]\n");
}

}  // namespace
}  // namespace longshore::setup
