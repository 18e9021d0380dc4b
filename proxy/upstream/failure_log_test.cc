#include "proxy/upstream/failure_log.h"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.h"

namespace longshore {
namespace {

int Admitted(FailureLog& log, int of) {
  int admitted = 0;
  for (int i = 0; i < of; ++i) admitted += log.Admit() ? 1 : 0;
  return admitted;
}

TEST_CASE("of a flood ten lines are written, then one a second that says how many were not") {
  FakeClock clock;
  FailureLog log(clock);
  CHECK(log.Admit() == 0);
  CHECK(Admitted(log, 1000) == FailureLog::kBurst - 1);
  clock.Advance(Duration{999});
  CHECK(!log.Admit());
  clock.Advance(Duration{1});
  CHECK(log.Admit() == 1000 - (FailureLog::kBurst - 1) + 1);
  CHECK(!log.Admit());
  clock.Advance(std::chrono::minutes(1));
  CHECK(log.Admit() == 1);
  CHECK(Admitted(log, 1000) == FailureLog::kBurst - 1);
}

}  // namespace
}  // namespace longshore
