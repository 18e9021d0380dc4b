#include "proxy/oci/json_depth.h"

#include <doctest/doctest.h>

#include <string>

namespace longshore {
namespace {

TEST_CASE("depth counts what is open at once, and nothing inside strings") {
  CHECK_FALSE(IsDeeperThan("", 0));
  CHECK_FALSE(IsDeeperThan("1", 0));
  CHECK(IsDeeperThan("{}", 0));
  CHECK_FALSE(IsDeeperThan(R"({"a":[]})", 2));
  CHECK(IsDeeperThan(R"({"a":[]})", 1));
  CHECK_FALSE(IsDeeperThan("[[],[],[]]", 2));
  CHECK_FALSE(IsDeeperThan(R"(["[[[[", "\"[[[", "\\"])", 1));
  CHECK(IsDeeperThan(std::string(100000, '['), 64));
}

}  // namespace
}  // namespace longshore
