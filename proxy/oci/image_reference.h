#pragma once

#include <string>
#include <string_view>

#include "cache/base/result.h"
#include "proxy/oci/reference.h"

namespace longshore {

// An image as people write it: "debian", "quay.io/prometheus/prometheus:v3",
// "docker.io/library/debian@sha256:…".
struct ImageReference {
  std::string registry;  // "quay.io", "registry.example:5000"; empty if none is named
  std::string name;      // "library/debian"; of one component where it was written so
  Reference reference;   // "latest" if neither tag nor digest is written
};

// As Docker reads it: what stands before the first '/' is a registry if it has a '.' or a ':' or is
// "localhost". A tag beside a digest is dropped, as the digest decides. kInvalid says what is wrong
// and what would be right. Pure, any thread.
[[nodiscard]] Result<ImageReference> ParseImageReference(std::string_view text);

}  // namespace longshore
