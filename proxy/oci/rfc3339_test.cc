#include "proxy/oci/rfc3339.h"

#include <doctest/doctest.h>

#include <string>

namespace longshore {
namespace {

TEST_CASE("instants are read in every form that token servers send") {
  CHECK(ParseRfc3339("1970-01-01T00:00:00Z") == 0);
  CHECK(ParseRfc3339("2009-11-10T23:00:00Z") == 1257894000000);
  CHECK(ParseRfc3339("2009-11-10T23:00:00.123456789Z") == 1257894000123);
  CHECK(ParseRfc3339("2009-11-10t23:00:00.5z") == 1257894000500);
  CHECK(ParseRfc3339("2009-11-11T01:30:00+02:30") == 1257894000000);
  CHECK(ParseRfc3339("2009-11-10T15:00:00-08:00") == 1257894000000);
  CHECK(ParseRfc3339("2016-12-31T23:59:60Z") == 1483228800000);
  CHECK(ParseRfc3339("1969-12-31T23:59:59.999Z") == -1);
  CHECK(ParseRfc3339("2024-02-29T00:00:00Z") == 1709164800000);
  CHECK(ParseRfc3339("0001-01-01T00:00:00Z") == -62135596800000);  // Go's zero time
}

TEST_CASE("anything else is no instant") {
  for (const std::string text :
       {"", "2009", "2009-11-10", "2009-11-10T23:00:00", "2009-11-10 23:00:00Z",
        "2009-13-10T23:00:00Z", "2009-02-29T23:00:00Z", "2009-11-00T23:00:00Z",
        "2009-11-10T24:00:00Z", "2009-11-10T23:60:00Z", "2009-11-10T23:00:61Z",
        "2009-11-10T23:00:00.Z", "2009-11-10T23:00:00+0200", "2009-11-10T23:00:00+24:00",
        "2009-11-10T23:00:00Zx", "+009-11-10T23:00:00Z", "2009-1-10T23:00:00Z", "1257894000"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseRfc3339(text));
  }
}

TEST_CASE("an instant is written as it is read") {
  CHECK(FormatRfc3339(0) == "1970-01-01T00:00:00Z");
  CHECK(FormatRfc3339(1257894000999) == "2009-11-10T23:00:00Z");
  CHECK(FormatRfc3339(951782399000) == "2000-02-28T23:59:59Z");
  CHECK(FormatRfc3339(-1) == "1969-12-31T23:59:59Z");
  CHECK(ParseRfc3339(FormatRfc3339(1700000000000)) == 1700000000000);
}

}  // namespace
}  // namespace longshore
