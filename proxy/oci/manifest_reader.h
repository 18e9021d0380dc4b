#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cache/base/result.h"
#include "proxy/oci/manifest.h"

namespace longshore {

// The fields of a manifest document that ParseManifest looks at. kOther is everything else.
enum class ManifestField : uint8_t {
  kSchemaVersion,
  kMediaType,
  kArtifactType,
  kConfig,
  kSubject,
  kLayers,
  kManifests,
  kBlobs,
  kFsLayers,
  kOther,
};
inline constexpr size_t kManifestFields = static_cast<size_t>(ManifestField::kOther);

// What stands in a document, before anyone judged what it is. An entry of `present` and
// `descriptors` a field.
struct ManifestDocument {
  int64_t schema_version = 0;
  std::string media_type;
  std::string artifact_type;
  std::array<bool, kManifestFields> present{};
  std::array<std::vector<Descriptor>, kManifestFields> descriptors;

  bool Has(ManifestField field) const { return present[static_cast<size_t>(field)]; }
  const std::vector<Descriptor>& Of(ManifestField field) const {
    return descriptors[static_cast<size_t>(field)];
  }
};

// Reads the document as a stream of events, so that memory is what is kept, not the tree (a hostile
// 4 MiB would be a tree of 100 MB). kBadUpstream: not a JSON object, deeper than kMaxManifestDepth,
// or a field that matters twice.
[[nodiscard]] Result<ManifestDocument> ReadManifest(std::string_view bytes);

}  // namespace longshore
