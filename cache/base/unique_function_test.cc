#include "cache/base/unique_function.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace longshore {
namespace {

TEST_CASE("a callable may own what cannot be copied, and gives it away") {
  UniqueFunction<std::unique_ptr<int>(int)> add =
      [base = std::make_unique<int>(40)](int more) mutable {
        *base += more;
        return std::move(base);
      };
  REQUIRE(add);
  CHECK(*add(2) == 42);
}

TEST_CASE("an empty one says so, and so does one that was moved from") {
  Task task;
  CHECK_FALSE(task);
  task = [] {};
  CHECK(task);
  Task other = std::move(task);
  CHECK(other);
  CHECK_FALSE(task);  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("arguments that can only be moved reach the callable") {
  std::string kept;
  UniqueFunction<void(std::unique_ptr<std::string>)> keep = [&](std::unique_ptr<std::string> text) {
    kept = *text;
  };
  keep(std::make_unique<std::string>("x"));
  CHECK(kept == "x");
}

}  // namespace
}  // namespace longshore
