#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/base/result.h"

namespace longshore {

// The body of tags/list: distribution-spec 1.1, "Listing Tags".
struct TagsPage {
  std::string name;
  std::vector<std::string> tags;
  bool operator==(const TagsPage&) const = default;
};

inline constexpr size_t kMaxTagsPageBytes = 4u << 20;  // some 200,000 tags of the usual length

// `"tags": null` is an empty list (CNCF distribution sends it for an empty repository). Entries
// that are not valid tags are left out. kBadUpstream: not such a document; kTooLarge: over
// kMaxTagsPageBytes.
[[nodiscard]] Result<TagsPage> ParseTagsPage(std::string_view body);
// {"name":…,"tags":[…]}
std::string FormatTagsPage(const TagsPage& page);

// The `n` parameter: nothing was asked for is nothing; kInvalid unless it is a decimal number.
// Saturates.
[[nodiscard]] Result<std::optional<uint64_t>> ParsePageSize(const std::optional<std::string>& n);

// One page of a full list that the proxy itself holds, sorted bytewise: the tags after `last`, `n`
// at most.
struct TagsSlice {
  std::vector<std::string> tags;
  // A Link to the next page is due; never for n = 0, which asks for an empty list.
  bool more = false;
};
TagsSlice SliceTags(const std::vector<std::string>& sorted, std::optional<uint64_t> n,
                    std::string_view last);

}  // namespace longshore
