#include "proxy/oci/tags_page.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "proxy/oci/json_depth.h"
#include "proxy/oci/reference.h"

namespace longshore {
namespace {

constexpr int kMaxDepth = 8;

}  // namespace

Result<TagsPage> ParseTagsPage(std::string_view body) {
  if (body.size() > kMaxTagsPageBytes)
    return Fail(Code::kTooLarge, "the list of tags is too large");
  if (IsDeeperThan(body, kMaxDepth)) {
    return Fail(Code::kBadUpstream, "the list of tags nests too deeply");
  }
  auto document = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) {
    return Fail(Code::kBadUpstream, "the list of tags is not a JSON object");
  }
  TagsPage page;
  if (const auto name = document.find("name"); name != document.end() && name->is_string()) {
    page.name = std::move(name->get_ref<std::string&>());
  }
  const auto tags = document.find("tags");
  if (tags == document.end() || !(tags->is_array() || tags->is_null())) {
    return Fail(Code::kBadUpstream, "the list of tags has no tags");
  }
  if (tags->is_null()) return page;
  page.tags.reserve(tags->size());
  for (auto& tag : *tags) {
    auto* text = tag.get_ptr<std::string*>();
    if (text != nullptr && IsValidTag(*text)) page.tags.push_back(std::move(*text));
  }
  return page;
}

std::string FormatTagsPage(const TagsPage& page) {
  const nlohmann::ordered_json body = {{"name", page.name}, {"tags", page.tags}};
  return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<std::optional<uint64_t>> ParsePageSize(const std::optional<std::string>& n) {
  if (!n) return std::nullopt;
  if (n->empty()) return Fail(Code::kInvalid, "n is not a number");
  uint64_t value = 0;
  for (const char c : *n) {
    if (c < '0' || c > '9') return Fail(Code::kInvalid, "n is not a number");
    const auto digit = static_cast<uint64_t>(c - '0');
    constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
    value = value > (kMost - digit) / 10 ? kMost : value * 10 + digit;
  }
  return std::optional<uint64_t>(value);
}

TagsSlice SliceTags(const std::vector<std::string>& sorted, std::optional<uint64_t> n,
                    std::string_view last) {
  auto begin = sorted.begin();
  if (!last.empty()) begin = std::upper_bound(sorted.begin(), sorted.end(), last);
  const auto left = static_cast<uint64_t>(sorted.end() - begin);
  const uint64_t count = std::min(left, n.value_or(left));
  return {{begin, begin + static_cast<std::ptrdiff_t>(count)}, count > 0 && count < left};
}

}  // namespace longshore
