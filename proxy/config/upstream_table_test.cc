#include "proxy/config/upstream_table.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace longshore {
namespace {

Config MakeConfig() {
  Config config = DefaultConfig();
  config.upstreams["ghcr.io"].hosts = {"ghcr.mirror.example", "ghcr.local:5000"};
  return config;
}

struct Row {
  std::string target;
  std::string host;
  std::string upstream;  // empty: not found
  std::string name;
};

TEST_CASE("namespace, then Host, then first path component, then the default") {
  const UpstreamTable table(MakeConfig());
  const std::vector<Row> rows = {
      {"/v2/debian/manifests/12", "127.0.0.1:5000", "docker.io", "library/debian"},
      {"/v2/library/debian/manifests/12", "127.0.0.1:5000", "docker.io", "library/debian"},
      {"/v2/org/app/manifests/1", "127.0.0.1:5000", "docker.io", "org/app"},
      {"/v2/org/app/manifests/1?ns=quay.io", "127.0.0.1:5000", "quay.io", "org/app"},
      {"/v2/app/manifests/1?ns=quay.io", "127.0.0.1:5000", "quay.io", "app"},
      {"/v2/debian/manifests/1?ns=docker.io", "x", "docker.io", "library/debian"},
      {"/v2/debian/manifests/1?ns=registry-1.docker.io", "x", "docker.io", "library/debian"},
      {"/v2/debian/manifests/1?ns=DOCKER.IO", "x", "docker.io", "library/debian"},
      {"/v2/org/app/manifests/1?ns=evil.example", "127.0.0.1:5000", "", ""},
      {"/v2/org/app/manifests/1?ns=", "127.0.0.1:5000", "docker.io", "org/app"},
      {"/v2/org/app/manifests/1", "ghcr.mirror.example", "ghcr.io", "org/app"},
      {"/v2/org/app/manifests/1", "GHCR.mirror.example:5000", "ghcr.io", "org/app"},
      {"/v2/org/app/manifests/1", "ghcr.local:5000", "ghcr.io", "org/app"},
      {"/v2/org/app/manifests/1", "ghcr.local:5001", "docker.io", "org/app"},
      {"/v2/org/app/manifests/1?ns=quay.io", "ghcr.mirror.example", "quay.io", "org/app"},
      {"/v2/quay.io/org/app/manifests/1", "127.0.0.1:5000", "quay.io", "org/app"},
      {"/v2/docker.io/debian/manifests/1", "127.0.0.1:5000", "docker.io", "library/debian"},
      {"/v2/evil.example/org/app/manifests/1", "127.0.0.1:5000", "", ""},
      {"http://ghcr.mirror.example/v2/org/app/manifests/1", "127.0.0.1:5000", "ghcr.io", "org/app"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target);
    CAPTURE(row.host);
    const auto route = ParseRoute(row.target);
    REQUIRE(route);
    const auto key = table.Resolve(*route, std::string_view(row.host));
    if (row.upstream.empty()) {
      REQUIRE(!key);
      CHECK(key.error().code == Code::kNotFound);
    } else {
      REQUIRE(key);
      CHECK(key->upstream == row.upstream);
      CHECK(key->name == row.name);
    }
  }
}

}  // namespace
}  // namespace longshore
