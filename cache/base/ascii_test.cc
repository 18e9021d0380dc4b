#include "cache/base/ascii.h"

#include <doctest/doctest.h>

namespace longshore {
namespace {

TEST_CASE("letters of ASCII lose their case, all other bytes stay") {
  CHECK(LowerCase("AZaz09-_ @[`{") == "azaz09-_ @[`{");
  CHECK(LowerCase("\xC3\x84\xFF") == "\xC3\x84\xFF");
  CHECK(LowerCase("") == "");
}

TEST_CASE("texts compare without case, and only whole") {
  CHECK(EqualsIgnoreCase("Content-Length", "content-LENGTH"));
  CHECK(EqualsIgnoreCase("", ""));
  CHECK_FALSE(EqualsIgnoreCase("bytes", "byte"));
  CHECK_FALSE(EqualsIgnoreCase("byte", "bytes"));
  CHECK_FALSE(EqualsIgnoreCase("@", "`"));  // 0x20 apart, as letters are
}

TEST_CASE("spaces are trimmed at both ends") {
  CHECK(Trim(" \ta b\t ") == "a b");
  CHECK(Trim("a") == "a");
  CHECK(Trim(" \t ") == "");
  CHECK(Trim("") == "");
  CHECK(Trim("a\r\n") == "a\r\n");
  CHECK(Trim(" a\r\n", " \t\r\n") == "a");
}

}  // namespace
}  // namespace longshore
