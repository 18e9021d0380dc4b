#include "proxy/http/fields.h"

#include <algorithm>

#include "cache/base/ascii.h"

namespace longshore {

bool IsFieldValue(std::string_view value) {
  for (size_t at = 0; (at = FindAtMost(value, '\r', at)) < value.size(); ++at) {
    const char c = value[at];
    if (c == '\r' || c == '\n' || c == '\0') return false;
  }
  return true;
}

std::optional<std::string_view> Fields::Get(std::string_view name) const {
  for (const auto& [key, value] : entries_) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return std::nullopt;
}

size_t Fields::Count(std::string_view name) const {
  return static_cast<size_t>(
      std::count_if(entries_.begin(), entries_.end(),
                    [&](const Entry& entry) { return EqualsIgnoreCase(entry.first, name); }));
}

std::vector<std::string> Fields::All(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : entries_) {
    if (EqualsIgnoreCase(key, name)) values.push_back(value);
  }
  return values;
}

}  // namespace longshore
