#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace longshore {

// Header fields in the order they came; names compare without case (RFC 9110 §5.1).
class Fields {
 public:
  using Entry = std::pair<std::string, std::string>;

  void Add(std::string name, std::string value) {
    if (entries_.empty()) entries_.reserve(kUsual);
    entries_.emplace_back(std::move(name), std::move(value));
  }
  // The first value, or nothing.
  std::optional<std::string_view> Get(std::string_view name) const;
  size_t Count(std::string_view name) const;
  std::vector<std::string> All(std::string_view name) const;
  const std::vector<Entry>& entries() const { return entries_; }
  void Clear() { entries_.clear(); }

 private:
  static constexpr size_t kUsual = 8;  // of a request or a response

  std::vector<Entry> entries_;
};

// Within one line (RFC 9110 §5.5): no CR, LF or NUL.
bool IsFieldValue(std::string_view value);

}  // namespace longshore
