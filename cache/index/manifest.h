#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cache/base/digest.h"

namespace longshore {

// A manifest exactly as the upstream sent it. Immutable, shared.
struct Manifest {
  Digest digest;
  std::string media_type;
  std::string bytes;
};
using ManifestPtr = std::shared_ptr<const Manifest>;

// What a manifest names: its config, layers, child manifests. `size` is 0 where the manifest gives
// none.
struct NamedContent {
  Digest digest;
  uint64_t size = 0;
  bool compressible = false;  // its media type says that it is not compressed yet
  bool operator==(const NamedContent&) const = default;
};

}  // namespace longshore
