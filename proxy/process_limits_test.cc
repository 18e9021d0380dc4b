#include "proxy/process_limits.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

namespace longshore {
namespace {

TEST_CASE("clients get as many descriptors as they may have, and never all there are") {
  CHECK(ClientsWithin(65'536, 16'384) == 16'384);
  CHECK(ClientsWithin(32'768, 16'384) == 16'384);
  CHECK(ClientsWithin(20'000, 16'384) == 10'000);
  CHECK(ClientsWithin(1'024, 16'384) == 256);
  CHECK(ClientsWithin(1'024, 50) == 50);
  CHECK(ClientsWithin(2, 16'384) == 1);
}

TEST_CASE("a limit that is not known, or does not exist, changes nothing") {
  CHECK(ClientsWithin(0, 16'384) == 16'384);
  CHECK(ClientsWithin(RLIM_INFINITY, 16'384) == 16'384);
}

}  // namespace
}  // namespace longshore
