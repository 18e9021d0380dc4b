#include "cache/base/ascii.h"

#include <doctest/doctest.h>

#include <string>

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

TEST_CASE("the first low byte is found wherever it stands, and no high one is taken for it") {
  for (size_t size = 0; size < 20; ++size) {
    // 0x80 and 0xFF have the bit by which low bytes are told; 0x0E is just above.
    for (const char other : {'\x0E', 'x', '\x7F', '\x80', '\xFF'}) {
      std::string text(size, other);
      for (size_t from = 0; from <= size; ++from) CHECK(FindAtMost(text, '\r', from) == size);
      for (size_t at = 0; at < size; ++at) {
        for (const char low : {'\0', '\n', '\r'}) {
          text[at] = low;
          CHECK(FindAtMost(text, '\r') == at);
          CHECK(FindAtMost(text, '\r', at) == at);
          CHECK(FindAtMost(text, '\r', at + 1) == size);
        }
        text[at] = other;
      }
    }
  }
}

}  // namespace
}  // namespace longshore
