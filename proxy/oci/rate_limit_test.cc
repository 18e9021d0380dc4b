#include "proxy/oci/rate_limit.h"

#include <doctest/doctest.h>

#include <string>

namespace longshore {
namespace {

using std::chrono::seconds;

TEST_CASE("the fields as Docker Hub sends them") {
  CHECK(ParseRateLimit("100;w=21600") == RateLimitField{100, seconds(21'600)});
  CHECK(ParseRateLimit("76;w=21600") == RateLimitField{76, seconds(21'600)});
  CHECK(ParseRateLimit("0;w=21600") == RateLimitField{0, seconds(21'600)});
}

TEST_CASE("spaces, other parameters and no window at all are taken") {
  CHECK(ParseRateLimit("100") == RateLimitField{100, Duration{0}});
  CHECK(ParseRateLimit(" 100 ; w=60 ") == RateLimitField{100, seconds(60)});
  CHECK(ParseRateLimit("100;burst=5;w=60") == RateLimitField{100, seconds(60)});
  CHECK(ParseRateLimit("100;") == RateLimitField{100, Duration{0}});
}

TEST_CASE("anything else is nothing") {
  for (const std::string text :
       {"", ";w=21600", "many", "-1;w=5", "1.5", "1 0", "100;w=", "100;w=x", "100;w=-5",
        "99999999999999999999", "100;w=99999999999"}) {
    CAPTURE(text);
    CHECK(!ParseRateLimit(text));
  }
}

}  // namespace
}  // namespace longshore
