#include "proxy/net/event_loop.h"

#include <doctest/doctest.h>

#include <future>
#include <thread>
#include <vector>

namespace longshore {
namespace {

TEST_CASE("tasks run in the order they were posted, on the loop's thread, never inside Post") {
  EventLoop loop;
  std::vector<int> order;
  bool inside = true;
  for (int i = 0; i < 3; ++i) {
    loop.Post([&order, &loop, i] {
      CHECK(loop.IsCurrent());
      order.push_back(i);
    });
  }
  CHECK(order.empty());
  loop.Post([&] {
    loop.Post([&] {
      CHECK(!inside);
      loop.Stop();
    });
    inside = false;
  });
  std::thread runner([&loop] { loop.Run(); });
  runner.join();
  CHECK(order == std::vector<int>{0, 1, 2});
}

TEST_CASE("a task posted from another thread wakes the loop") {
  EventLoop loop;
  std::thread runner([&loop] { loop.Run(); });
  std::promise<bool> ran;
  loop.Post([&] { ran.set_value(loop.IsCurrent()); });
  CHECK(ran.get_future().get());
  CHECK(!loop.IsCurrent());
  loop.Stop();
  runner.join();
}

TEST_CASE("a timer runs once, a cancelled one never") {
  EventLoop loop;
  int fired = 0;
  bool cancelled_fired = false;
  loop.Post([&] {
    const auto doomed = loop.RunAfter(Duration{1}, [&] { cancelled_fired = true; });
    loop.RunAfter(Duration{1}, [&] { ++fired; });
    loop.RunAfter(Duration{20}, [&] { loop.Stop(); });
    loop.CancelTimer(doomed);
    loop.CancelTimer(0);
  });
  loop.Run();
  CHECK(fired == 1);
  CHECK(!cancelled_fired);
}

TEST_CASE("what was posted and never ran is destroyed with the loop") {
  auto token = std::make_shared<int>(1);
  {
    EventLoop loop;
    loop.Post([token] {});
    loop.RunAfter(Duration{10'000}, [token] {});
    CHECK(token.use_count() == 3);
  }
  CHECK(token.use_count() == 1);
}

}  // namespace
}  // namespace longshore
