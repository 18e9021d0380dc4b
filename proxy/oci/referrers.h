#pragma once

#include <string>
#include <string_view>

#include "cache/base/result.h"

namespace longshore {

// distribution-spec 1.1, "Listing Referrers".

// What a registry that supports referrers says when there are none. Content-Type: kOciIndexType.
inline constexpr std::string_view kEmptyIndex =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})";

// The same index with only the descriptors whose artifactType is `artifact_type` (everything if
// that is empty, then byte for byte). Fields and their order are kept. The caller then says
// "OCI-Filters-Applied: artifactType". kBadUpstream: `index` is not a JSON object with a manifests
// list; kTooLarge: over kMaxManifestBytes. Any thread.
[[nodiscard]] Result<std::string> FilterReferrers(std::string_view index,
                                                  std::string_view artifact_type);
// kBadUpstream or kTooLarge under the same conditions: for what is served unfiltered.
[[nodiscard]] Status CheckReferrers(std::string_view index);

}  // namespace longshore
