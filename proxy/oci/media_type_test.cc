#include "proxy/oci/media_type.h"

#include <doctest/doctest.h>

#include <string>

namespace longshore {
namespace {

TEST_CASE("a media type is compared without case, spaces and parameters") {
  CHECK(BareMediaType("Text/Plain; charset=utf-8") == "text/plain");
  CHECK(BareMediaType("  a/b\t") == "a/b");
  CHECK(BareMediaType("").empty());
  CHECK(BareMediaType(" ;x").empty());
  CHECK(KindOfMediaType("application/vnd.oci.image.INDEX.v1+json;charset=utf-8") ==
        ManifestKind::kOciIndex);
  CHECK(KindOfMediaType("application/json") == ManifestKind::kUnknown);
  CHECK(KindOfMediaType("") == ManifestKind::kUnknown);
}

TEST_CASE("every kind has a media type that leads back to it, and only two are indexes") {
  int indexes = 0;
  for (const auto kind :
       {ManifestKind::kOciIndex, ManifestKind::kOciManifest, ManifestKind::kOciArtifact,
        ManifestKind::kDockerList, ManifestKind::kDockerManifest, ManifestKind::kDockerSchema1}) {
    CHECK(KindOfMediaType(MediaTypeOf(kind)) == kind);
    indexes += IsIndex(kind) ? 1 : 0;
  }
  CHECK(indexes == 2);
  CHECK(MediaTypeOf(ManifestKind::kUnknown).empty());
}

TEST_CASE("what compresses is known by its type") {
  for (const auto* type :
       {"application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.docker.image.rootfs.diff.tar", "application/spdx+json", "text/spdx",
        "application/vnd.cyclonedx+xml", "application/wasm", "Application/JSON; charset=utf-8",
        "application/vnd.wasm.content.layer.v1+wasm"}) {
    CAPTURE(type);
    CHECK(IsCompressible(type));
  }
  for (const auto* type :
       {"application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.layer.v1.tar+zstd",
        "application/vnd.docker.image.rootfs.diff.tar.gzip", "application/octet-stream", "x", ""}) {
    CAPTURE(type);
    CHECK_FALSE(IsCompressible(type));
  }
}

TEST_CASE("upstreams are asked for every kind that is still made") {
  for (const auto kind :
       {ManifestKind::kOciIndex, ManifestKind::kOciManifest, ManifestKind::kOciArtifact,
        ManifestKind::kDockerList, ManifestKind::kDockerManifest}) {
    CHECK(kManifestAccept.find(MediaTypeOf(kind)) != std::string_view::npos);
  }
  CHECK(kManifestAccept.find("v1+prettyjws") == std::string_view::npos);
}

}  // namespace
}  // namespace longshore
