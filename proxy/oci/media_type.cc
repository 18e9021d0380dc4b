#include "proxy/oci/media_type.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cache/base/ascii.h"

namespace longshore {
namespace {

// The first line of a kind is the type it is served as.
constexpr std::array<std::pair<std::string_view, ManifestKind>, 7> kKinds = {{
    {kOciIndexType, ManifestKind::kOciIndex},
    {kOciManifestType, ManifestKind::kOciManifest},
    {kOciArtifactType, ManifestKind::kOciArtifact},
    {kDockerListType, ManifestKind::kDockerList},
    {kDockerManifestType, ManifestKind::kDockerManifest},
    {kDockerSchema1SignedType, ManifestKind::kDockerSchema1},
    {kDockerSchema1Type, ManifestKind::kDockerSchema1},
}};

}  // namespace

std::string BareMediaType(std::string_view content_type) {
  return LowerCase(Trim(content_type.substr(0, content_type.find(';'))));
}

bool IsCompressible(std::string_view media_type) {
  const std::string bare = BareMediaType(media_type);
  if (bare.starts_with("text/")) return true;
  static constexpr std::array<std::string_view, 7> kEndings = {"+json", "+xml", "/json", "/xml",
                                                               "wasm",  ".tar", "/x-tar"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&bare](std::string_view ending) { return bare.ends_with(ending); });
}

ManifestKind KindOfMediaType(std::string_view content_type) {
  const std::string bare = BareMediaType(content_type);
  for (const auto& [type, kind] : kKinds) {
    if (type == bare) return kind;
  }
  return ManifestKind::kUnknown;
}

std::string_view MediaTypeOf(ManifestKind kind) {
  for (const auto& [type, its_kind] : kKinds) {
    if (its_kind == kind) return type;
  }
  return {};
}

}  // namespace longshore
