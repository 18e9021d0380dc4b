#pragma once

#include <string>
#include <string_view>

#include "cache/base/digest.h"
#include "cache/base/result.h"
#include "cache/index/repository.h"

namespace longshore {

// Keys of the index. No two different things share one: names end at a NUL, which no name may hold
// (kInvalid), and a digest is its algorithm's byte and its raw bytes, always last. Keys of one
// repository stand together and sorted.

std::string DigestKey(const Digest& digest);
[[nodiscard]] Result<Digest> ParseDigestKey(std::string_view key);

[[nodiscard]] Result<std::string> RepositoryPrefix(const RepositoryKey& repository);
[[nodiscard]] Result<std::string> TagKey(const RepositoryKey& repository, std::string_view tag);
[[nodiscard]] Result<std::string> LinkKey(const RepositoryKey& repository, const Digest& digest);

// What a key was made of; kCorrupt if it is no such key.
struct TagName {
  RepositoryKey repository;
  std::string tag;
};
[[nodiscard]] Result<TagName> ParseTagKey(std::string_view key);
struct LinkName {
  RepositoryKey repository;
  Digest digest;
};
[[nodiscard]] Result<LinkName> ParseLinkKey(std::string_view key);

// The family `meta`.
inline constexpr std::string_view kStoredBytesKey = "stored_bytes";
inline constexpr std::string_view kRecountKey = "recount";
// Every sealed file has its record: without it, a start looks at each of them (rebuild.h).
inline constexpr std::string_view kCompleteKey = "complete";
inline constexpr std::string_view kScrubKey = "scrub";
inline constexpr std::string_view kProbeKey = "probe";
inline constexpr std::string_view kRemovalPrefix =
    "remove/";  // then a path relative to the cache folder
inline constexpr std::string_view kTagPinPrefix = "pin/tag/";        // then a TagKey
inline constexpr std::string_view kDigestPinPrefix = "pin/digest/";  // then a LinkKey

}  // namespace longshore
