#include "cache/health/waiting_calls.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>

namespace longshore {
namespace {

TEST_CASE("a call is answered by its job or given up, never both") {
  WaitingCalls calls;
  int given_up = 0;
  SUBCASE("by its job") {
    auto ticket = calls.Add([&] { ++given_up; });
    CHECK(ticket.IsWanted());
    CHECK(ticket.Redeem());
    calls.GiveUpAll();
    CHECK(given_up == 0);
    CHECK_FALSE(ticket.Redeem());
  }
  SUBCASE("given up") {
    auto ticket = calls.Add([&] { ++given_up; });
    auto other = calls.Add([&] { ++given_up; });
    calls.GiveUpAll();
    calls.GiveUpAll();
    CHECK(given_up == 2);
    CHECK_FALSE(ticket.IsWanted());
    CHECK_FALSE(ticket.Redeem());
    CHECK_FALSE(other.Redeem());
  }
}

TEST_CASE("a call whose job is dropped goes with it, and so does what it owns") {
  WaitingCalls calls;
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> seen = owned;
  {
    auto ticket = calls.Add([owned = std::move(owned)] {});
    const auto moved = std::move(ticket);
    CHECK_FALSE(seen.expired());
  }
  CHECK(seen.expired());
}

}  // namespace
}  // namespace longshore
