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
