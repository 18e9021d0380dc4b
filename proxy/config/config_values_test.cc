#include "proxy/config/config_values.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace longshore {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("sizes are whole numbers of bytes or of a unit") {
  CHECK(*ParseSize("0") == 0);
  CHECK(*ParseSize("4096") == 4096);
  CHECK(*ParseSize("4096B") == 4096);
  CHECK(*ParseSize("1KB") == 1000);
  CHECK(*ParseSize("1KiB") == 1024);
  CHECK(*ParseSize("512MiB") == 536870912);
  CHECK(*ParseSize("10GB") == 10000000000);
  CHECK(*ParseSize("50GiB") == 53687091200);
  CHECK(*ParseSize("2TiB") == 2199023255552);
  CHECK(*ParseSize("8191PiB") == 8191ull << 50);
  CHECK(*ParseSize("9223372036854775807") == 9223372036854775807ull);
  for (const std::string text : {"",
                                 "GiB",
                                 "50 GiB",
                                 " 50GiB",
                                 "50GiB ",
                                 "-1GiB",
                                 "+1GiB",
                                 "1.5GiB",
                                 "50gib",
                                 "50G",
                                 "50Gi",
                                 "50g",
                                 "0x10",
                                 "1e3",
                                 "ten",
                                 "50GiBs",
                                 "9223372036854775808",
                                 "8192PiB",
                                 "99999999999999999999999",
                                 "18446744073709551616KiB"}) {
    CAPTURE(text);
    const auto size = ParseSize(text);
    REQUIRE_FALSE(size);
    CHECK(size.error().code == Code::kInvalid);
  }
}

TEST_CASE("a size is written in the largest binary unit that comes out even, and reads back") {
  CHECK(FormatSize(0) == "0B");
  CHECK(FormatSize(1000) == "1000B");
  CHECK(FormatSize(1024) == "1KiB");
  CHECK(FormatSize(uint64_t{50} << 30) == "50GiB");
  CHECK(FormatSize((uint64_t{1} << 30) + 1024) == "1048577KiB");
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2000; ++round) {
    const uint64_t bytes = (random() >> (1 + random() % 63)) << (random() % 8);
    if (bytes > INT64_MAX) continue;
    REQUIRE(*ParseSize(FormatSize(bytes)) == bytes);
  }
}

TEST_CASE("durations are numbers with units, from large to small") {
  CHECK(*ParseDuration("0") == milliseconds(0));
  CHECK(*ParseDuration("0s") == milliseconds(0));
  CHECK(*ParseDuration("500ms") == milliseconds(500));
  CHECK(*ParseDuration("60s") == seconds(60));
  CHECK(*ParseDuration("10m") == minutes(10));
  CHECK(*ParseDuration("1h30m") == minutes(90));
  CHECK(*ParseDuration("7d") == hours(24 * 7));
  CHECK(*ParseDuration("1d2h3m4s5ms") == hours(26) + minutes(3) + seconds(4) + milliseconds(5));
  CHECK(*ParseDuration("3650d") == hours(24 * 3650));
  for (const std::string text : {"", "60", "s", "60 s", " 60s", "-1s", "1.5h", "30m1h", "1h1h",
                                 "5ms1s", "1w", "1y", "60S", "60sec", "1h30", "3651d", "3650d1ms",
                                 "99999999999999999999999s", "18446744073709551615d"}) {
    CAPTURE(text);
    const auto duration = ParseDuration(text);
    REQUIRE_FALSE(duration);
    CHECK(duration.error().code == Code::kInvalid);
  }
}

}  // namespace
}  // namespace longshore
