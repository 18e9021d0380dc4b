#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cache/base/digest.h"
#include "cache/base/result.h"

namespace longshore {

// A platform as people write it, "linux/arm64/v8": os, architecture, and perhaps a variant.
struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;  // empty: any

  std::string ToString() const;
  bool operator==(const Platform&) const = default;
};

// kInvalid if it is not two or three plain words between slashes.
[[nodiscard]] Result<Platform> ParsePlatform(std::string_view text);
// linux on the architecture that this program was built for, in Go's words.
Platform HostPlatform();

// What an image index lists: image-spec image-index.md. Attestations ("unknown/unknown") are left
// out.
struct IndexEntry {
  Digest digest;
  uint64_t size = 0;
  Platform platform;
};
// `bytes` is an index. Entries without a digest that we can read are left out; what is no JSON at
// all has none. Never throws.
std::vector<IndexEntry> ReadIndex(std::string_view bytes);
// os and architecture are the same, and the variant where `wanted` names one.
bool Matches(const Platform& wanted, const Platform& offered);

}  // namespace longshore
