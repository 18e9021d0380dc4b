#include "proxy/oci/image_reference.h"

#include <doctest/doctest.h>

namespace longshore {
namespace {

constexpr const char* kHex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

void CheckImage(std::string_view text, const std::string& registry, const std::string& name,
                const std::string& reference) {
  CAPTURE(text);
  const auto image = ParseImageReference(text);
  REQUIRE(image);
  CHECK(image->registry == registry);
  CHECK(image->name == name);
  CHECK(ToString(image->reference) == reference);
}

TEST_CASE("an image is read as Docker reads it") {
  CheckImage("debian", "", "debian", "latest");
  CheckImage("debian:12", "", "debian", "12");
  CheckImage("library/debian:12", "", "library/debian", "12");
  CheckImage("docker.io/debian", "docker.io", "debian", "latest");
  CheckImage("quay.io/prometheus/prometheus:v3", "quay.io", "prometheus/prometheus", "v3");
  CheckImage("localhost/app", "localhost", "app", "latest");
  CheckImage("registry.example:5000/team/app:1", "registry.example:5000", "team/app", "1");
}

TEST_CASE("a digest decides, a tag beside it or not") {
  const std::string digest = std::string("sha256:") + kHex;
  CheckImage("debian@" + digest, "", "debian", digest);
  CheckImage("docker.io/library/debian:12@" + digest, "docker.io", "library/debian", digest);
}

TEST_CASE("what is no image is refused with an example") {
  for (const char* text : {"", "Debian", "debian:", "debian:a b", "a//b", "docker.io/", "debian@",
                           "debian@sha256:12", "<script>", "a/../b"}) {
    CAPTURE(text);
    const auto image = ParseImageReference(text);
    REQUIRE_FALSE(image);
    CHECK(image.error().code == Code::kInvalid);
    CHECK(image.error().message.find("docker.io/library/debian:12") != std::string::npos);
  }
}

}  // namespace
}  // namespace longshore
