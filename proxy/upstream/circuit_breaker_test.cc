#include "proxy/upstream/circuit_breaker.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/fake_clock.h"

namespace longshore {
namespace {

using std::chrono::seconds;

struct Fixture {
  void Fail(int times) {
    for (int i = 0; i < times; ++i) {
      auto permit = breaker.TryEnter();
      REQUIRE(permit);
      permit->Failed();
    }
  }
  // Five failures, the last a second after the first.
  void Open() {
    Fail(4);
    clock.Advance(seconds(1));
    Fail(1);
    REQUIRE(!breaker.IsClosed());
  }

  FakeClock clock;
  CircuitBreaker breaker{{}, clock};
};

TEST_CASE("a server that answers is always asked") {
  Fixture f;
  for (int i = 0; i < 20; ++i) {
    auto permit = f.breaker.TryEnter();
    REQUIRE(permit);
    permit->Answered();
    f.clock.Advance(seconds(1));
  }
  CHECK(f.breaker.IsHealthy());
  CHECK(f.breaker.OpensIn() == Duration{0});
}

TEST_CASE("five failures in a row open it, four do not, and an answer begins the count anew") {
  Fixture f;
  f.Fail(4);
  f.clock.Advance(seconds(5));
  CHECK(f.breaker.IsClosed());
  CHECK(!f.breaker.IsHealthy());
  f.breaker.TryEnter()->Answered();
  CHECK(f.breaker.IsHealthy());
  f.Fail(4);
  f.clock.Advance(seconds(5));
  CHECK(f.breaker.IsClosed());
  f.Fail(1);
  CHECK(!f.breaker.IsClosed());
  CHECK(!f.breaker.TryEnter());
}

TEST_CASE("any number of failures at one moment are one incident") {
  Fixture f;
  f.Fail(50);
  f.clock.Advance(Duration{999});
  f.Fail(1);
  CHECK(f.breaker.IsClosed());
  f.clock.Advance(Duration{1});
  f.Fail(1);
  CHECK(!f.breaker.IsClosed());
}

TEST_CASE("when the pause is over one request is let through, and no second beside it") {
  Fixture f;
  f.Open();
  CHECK(f.breaker.OpensIn() == seconds(1));
  f.clock.Advance(Duration{999});
  CHECK(!f.breaker.TryEnter());
  CHECK(f.breaker.OpensIn() == Duration{1});
  f.clock.Advance(Duration{1});
  auto probe = f.breaker.TryEnter();
  REQUIRE(probe);
  CHECK(!f.breaker.TryEnter());
  CHECK(!f.breaker.IsClosed());
  probe->Answered();
  CHECK(f.breaker.IsHealthy());
  CHECK(f.breaker.TryEnter());
}

TEST_CASE("each probe that fails doubles the pause, up to a bound; an answer forgets it") {
  Fixture f;
  f.Open();
  for (const int pause : {1, 2, 4, 8, 16, 30, 30}) {
    CHECK(f.breaker.OpensIn() == seconds(pause));
    f.clock.Advance(seconds(pause));
    auto probe = f.breaker.TryEnter();
    REQUIRE(probe);
    probe->Failed();
  }
  f.clock.Advance(seconds(30));
  f.breaker.TryEnter()->Answered();
  f.Open();
  CHECK(f.breaker.OpensIn() == seconds(1));
}

TEST_CASE("a probe whose asker leaves makes room for the next one") {
  Fixture f;
  f.Open();
  f.clock.Advance(seconds(1));
  { const auto probe = f.breaker.TryEnter(); }
  const auto next = f.breaker.TryEnter();
  CHECK(next);
  CHECK(!f.breaker.TryEnter());
}

TEST_CASE("what a request of an earlier state comes to is old news") {
  Fixture f;
  auto slow_failure = f.breaker.TryEnter();
  auto slow_answer = f.breaker.TryEnter();
  f.Open();
  slow_answer->Answered();
  CHECK(!f.breaker.IsClosed());
  f.clock.Advance(seconds(1));
  auto probe = f.breaker.TryEnter();
  REQUIRE(probe);
  slow_failure->Failed();
  CHECK(f.breaker.OpensIn() == Duration{0});
  probe->Answered();
  CHECK(f.breaker.IsHealthy());
}

TEST_CASE("a permit says once how it ended, also when it was moved") {
  Fixture f;
  f.Open();
  f.clock.Advance(seconds(1));
  auto probe = f.breaker.TryEnter();
  CircuitBreaker::Permit moved = std::move(*probe);
  probe.reset();
  CHECK(!f.breaker.TryEnter());
  CHECK(!moved.Failed());
  CHECK(!moved.Answered());
  CHECK(!f.breaker.IsClosed());
}

TEST_CASE("the one request that opens it, and the one that closes it, are told so") {
  Fixture f;
  f.Fail(4);
  f.clock.Advance(seconds(1));
  auto last = f.breaker.TryEnter();
  auto late = f.breaker.TryEnter();
  CHECK(last->Failed());
  CHECK(!late->Failed());
  f.clock.Advance(seconds(1));
  CHECK(f.breaker.TryEnter()->Answered());
  CHECK(!f.breaker.TryEnter()->Answered());
}

TEST_CASE("of many threads that ask a half-open one at once, one is the probe") {
  Fixture f;
  f.Open();
  f.clock.Advance(seconds(1));
  std::atomic<int> let_through{0};
  std::vector<CircuitBreaker::Permit> kept;
  Mutex mutex;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 100; ++j) {
        if (auto permit = f.breaker.TryEnter()) {
          ++let_through;
          MutexLock lock(mutex);
          kept.push_back(std::move(*permit));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(let_through == 1);
}

}  // namespace
}  // namespace longshore
