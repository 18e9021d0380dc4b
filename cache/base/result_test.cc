#include "cache/base/result.h"

#include <doctest/doctest.h>

#include <set>

namespace longshore {
namespace {

TEST_CASE("each code has a name of its own, fit for a field of JSON and for a label") {
  std::set<std::string_view> names;
  const int last = static_cast<int>(Code::kInternal);
  for (int code = 0; code <= last; ++code) {
    const std::string_view name = ToString(static_cast<Code>(code));
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
    names.insert(name);
  }
  CHECK(names.size() == static_cast<size_t>(last) + 1);
  CHECK(ToString(Code::kNoSpace) == "no_space");
}

}  // namespace
}  // namespace longshore
