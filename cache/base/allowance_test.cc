#include "cache/base/allowance.h"

#include <doctest/doctest.h>

#include <vector>

namespace longshore {
namespace {

TEST_CASE("no more is given than there is, and what is given back is given again") {
  Allowance allowance(10);
  auto most = allowance.TryTake(8);
  REQUIRE(most);
  CHECK_FALSE(allowance.TryTake(3));
  CHECK(allowance.refused() == 1);
  {
    const auto rest = allowance.TryTake(2);
    CHECK(rest);
    CHECK(allowance.used() == 10);
  }
  CHECK(allowance.used() == 8);
  most.reset();
  CHECK(allowance.used() == 0);
  CHECK(allowance.TryTake(10));
}

TEST_CASE("a share grows while there is room, and goes whole, wherever it was moved") {
  Allowance allowance(10);
  {
    auto share = allowance.TryTake(0);
    REQUIRE(share);
    CHECK(share->Grow(6));
    CHECK_FALSE(share->Grow(5));
    CHECK(allowance.used() == 6);
    const Allowance::Share moved = std::move(*share);
    share.reset();
    CHECK(allowance.used() == 6);
  }
  CHECK(allowance.used() == 0);
}

TEST_CASE("a lower limit takes nothing away, and lets nobody in until enough is given back") {
  Allowance allowance(4);
  std::vector<Allowance::Share> shares;
  for (int i = 0; i < 4; ++i) shares.push_back(*allowance.TryTake(1));
  allowance.SetLimit(2);
  CHECK(allowance.used() == 4);
  shares.pop_back();
  shares.pop_back();
  CHECK_FALSE(allowance.TryTake(1));
  shares.pop_back();
  CHECK(allowance.TryTake(1));
  CHECK_FALSE(allowance.TryTake(UINT64_MAX));
}

}  // namespace
}  // namespace longshore
