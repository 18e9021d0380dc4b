#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "cache/base/digest.h"
#include "cache/base/result.h"

namespace longshore {

// The grammars of distribution-spec 1.1, "Pulling manifests". Pure functions, any thread.

// The spec's note: many clients limit host and name to 255.
inline constexpr size_t kMaxNameBytes = 255;
inline constexpr size_t kMaxTagBytes = 128;

// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* components, separated by single slashes, kMaxNameBytes at most.
bool IsValidRepositoryName(std::string_view name);
// [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}
bool IsValidTag(std::string_view tag);

// What a manifest is asked by: a tag (the string) or a digest.
using Reference = std::variant<std::string, Digest>;

// With a ':' it must be a digest, otherwise a tag; kInvalid if it is neither.
[[nodiscard]] Result<Reference> ParseReference(std::string_view text);
std::string ToString(const Reference& reference);

}  // namespace longshore
