#include "proxy/fetch/fair_allowance.h"

#include <doctest/doctest.h>

#include <deque>

namespace longshore {
namespace {

size_t TakeAll(FairAllowance& allowance, const std::string& client,
               std::deque<FairAllowance::Share>& shares) {
  size_t taken = 0;
  while (auto share = allowance.TryTake(client)) {
    shares.push_back(std::move(*share));
    ++taken;
  }
  return taken;
}

TEST_CASE("a client alone gets half, the next one half of the rest, and what goes comes back") {
  FairAllowance allowance(16);
  std::deque<FairAllowance::Share> first;
  std::deque<FairAllowance::Share> second;
  CHECK(TakeAll(allowance, "a", first) == 8);
  CHECK(TakeAll(allowance, "b", second) == 4);
  CHECK(allowance.used() == 12);
  CHECK(allowance.refused_to_client() == 2);
  CHECK(allowance.refused() == 0);
  first.clear();
  CHECK(allowance.used() == 4);
  CHECK(TakeAll(allowance, "b", second) == 4);
}

TEST_CASE("of one alone, one may be taken; the mirror itself takes all that is left") {
  FairAllowance allowance(1);
  std::deque<FairAllowance::Share> shares;
  CHECK(TakeAll(allowance, "a", shares) == 1);
  CHECK(allowance.refused() == 1);
  shares.clear();
  allowance.SetLimit(5);
  CHECK(TakeAll(allowance, "", shares) == 5);
  CHECK(TakeAll(allowance, "a", shares) == 0);
}

TEST_CASE("amounts count, however many shares they make") {
  FairAllowance allowance(64);
  std::deque<FairAllowance::Share> shares;
  const auto take = [&](const std::string& client, uint64_t amount) {
    auto share = allowance.TryTake(client, amount);
    if (share) shares.push_back(std::move(*share));
    return shares.size();
  };
  CHECK(take("a", 30) == 1);
  CHECK(take("a", 5) == 1);  // 34 are free: no more than that
  CHECK(take("a", 4) == 2);
  CHECK(allowance.refused_to_client() == 1);
  CHECK(take("b", 31) == 2);  // more than there is
  CHECK(allowance.refused() == 1);
  CHECK(take("b", 15) == 3);
  CHECK(take("b", 1) == 3);
  CHECK(take("", 15) == 4);
  CHECK(allowance.used() == 64);
  shares.clear();
  CHECK(allowance.used() == 0);
  CHECK(take("b", 64) == 1);  // nothing of what it had is left on its account
}

}  // namespace
}  // namespace longshore
