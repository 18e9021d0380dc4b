#include "proxy/upstream/retry_budget.h"

#include <doctest/doctest.h>

namespace longshore {
namespace {

int TakeAll(RetryBudget& budget) {
  int taken = 0;
  while (taken < 1000 && budget.TryTake()) ++taken;
  return taken;
}

TEST_CASE("an upstream seldom asked has some retries, and no more when all fail") {
  RetryBudget budget;
  CHECK(TakeAll(budget) == RetryBudget::kMostSaved);
  CHECK(!budget.TryTake());
}

TEST_CASE("in the long run one retry comes to five calls") {
  RetryBudget budget;
  TakeAll(budget);
  int retries = 0;
  for (int call = 0; call < 1000; ++call) {
    budget.OnCall();
    retries += TakeAll(budget);
  }
  CHECK(retries == 200);
}

TEST_CASE("what is saved in good times is bounded") {
  RetryBudget budget;
  for (int call = 0; call < 10'000; ++call) budget.OnCall();
  CHECK(TakeAll(budget) == RetryBudget::kMostSaved);
}

}  // namespace
}  // namespace longshore
