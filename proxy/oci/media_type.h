#pragma once

#include <string>
#include <string_view>

namespace longshore {

// Media types of manifests: image-spec media-types.md, and distribution's
// docs/content/spec/manifest-v2-2.md.
inline constexpr std::string_view kOciIndexType = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciManifestType = "application/vnd.oci.image.manifest.v1+json";
// Of image-spec 1.1's release candidates; still found in the wild.
inline constexpr std::string_view kOciArtifactType =
    "application/vnd.oci.artifact.manifest.v1+json";
inline constexpr std::string_view kDockerListType =
    "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerManifestType =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerSchema1Type =
    "application/vnd.docker.distribution.manifest.v1+json";
inline constexpr std::string_view kDockerSchema1SignedType =
    "application/vnd.docker.distribution.manifest.v1+prettyjws";

// The Accept header for every manifest asked upstream, whatever our client accepts: one object a
// digest.
inline constexpr std::string_view kManifestAccept =
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json, "
    "application/vnd.oci.artifact.manifest.v1+json, */*";

enum class ManifestKind {
  kUnknown,
  kOciIndex,
  kOciManifest,
  kOciArtifact,
  kDockerList,
  kDockerManifest,
  // Its digest is not the hash of the bytes when it is signed. Registries and clients have dropped
  // it.
  kDockerSchema1,
};

// The type and subtype in lower case without parameters: "Text/Plain; charset=utf-8" is
// "text/plain".
std::string BareMediaType(std::string_view content_type);
// Does content of this type shrink when it is compressed? True for JSON, XML, text, wasm and plain
// tar archives (image-spec layer.md); false for what is compressed already and what is not known.
bool IsCompressible(std::string_view media_type);
// Of a Content-Type or a mediaType field, parameters and case aside.
ManifestKind KindOfMediaType(std::string_view content_type);
// Empty for kUnknown.
std::string_view MediaTypeOf(ManifestKind kind);
constexpr bool IsIndex(ManifestKind kind) {
  return kind == ManifestKind::kOciIndex || kind == ManifestKind::kDockerList;
}

}  // namespace longshore
