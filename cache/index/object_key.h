#pragma once

#include <cstdint>
#include <string>

#include "cache/base/digest.h"

namespace longshore {

// The things that are evicted.
enum class ObjectKind : uint8_t { kBlob = 0, kExtent = 1, kManifest = 2 };

// Names one of them in six bytes, as ten million are held in memory: 46 bits of the digest, 2 of
// the kind. The index finds the whole digest by its first bytes; two that collide (of ten million
// objects one pair or none) are one to the policy and are evicted together.
using ObjectKey = uint64_t;
inline constexpr unsigned kObjectKeyBits = 48;
inline constexpr ObjectKey kMaxObjectKey = (ObjectKey{1} << kObjectKeyBits) - 1;

inline ObjectKey MakeObjectKey(ObjectKind kind, const Digest& digest) {
  uint64_t bits = 0;
  for (size_t i = 0; i < kObjectKeyBits / 8; ++i) {
    bits = bits << 8 | static_cast<uint8_t>(digest.Raw()[i]);
  }
  return (bits & ~uint64_t{3}) | static_cast<uint64_t>(kind);
}

inline ObjectKind KindOf(ObjectKey key) {
  return static_cast<ObjectKind>(key & 3);
}

// The first five raw bytes of every digest this key can stand for.
inline std::string RawPrefix(ObjectKey key) {
  std::string prefix;
  for (int shift = kObjectKeyBits - 8; shift > 0; shift -= 8)
    prefix += static_cast<char>(key >> shift & 0xff);
  return prefix;
}

}  // namespace longshore
