#include "cache/base/thread_pool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <thread>

namespace longshore {
namespace {

TEST_CASE("jobs of one key run one at a time, in order; other keys do not wait for them") {
  ThreadPool pool(4);
  std::promise<void> gate;
  auto open = gate.get_future().share();
  std::vector<int> order;  // written by jobs of key 1 only
  pool.Post("first", 1, [&order, open] {
    open.wait();
    order.push_back(0);
  });
  for (int i = 1; i < 100; ++i) pool.Post("next", 1, [&order, i] { order.push_back(i); });
  std::promise<void> other;
  pool.Post("other", 2, [&other] { other.set_value(); });
  other.get_future().wait();  // while key 1 stands at the gate
  gate.set_value();
  pool.Stop();
  REQUIRE(order.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(order[static_cast<size_t>(i)] == i);
}

TEST_CASE("many keys at once keep their orders") {
  std::map<uint64_t, std::vector<int>> orders;
  for (uint64_t key = 1; key <= 8; ++key) orders[key];
  {
    ThreadPool pool(4);
    for (int i = 0; i < 2000; ++i) {
      const uint64_t key = 1 + static_cast<uint64_t>(i) % 8;
      pool.Post("append", key, [&order = orders.at(key), i] { order.push_back(i); });
    }
  }
  for (const auto& [key, order] : orders) {
    CHECK(order.size() == 250);
    CHECK(std::is_sorted(order.begin(), order.end()));
  }
}

TEST_CASE("no job is forgotten while threads fall asleep") {
  ThreadPool pool(3);
  for (int i = 0; i < 5000; ++i) {
    std::promise<void> ran;
    pool.Post("alone", 0, [&ran] { ran.set_value(); });
    REQUIRE(ran.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  }
}

TEST_CASE("what a job posts runs at once, the first in its thread, the rest in others") {
  ThreadPool pool(3);
  std::promise<void> a;
  std::promise<void> b;
  std::promise<void> both;
  pool.Post("outer", 0, [&] {
    pool.Post("waits", 0, [&] {
      b.get_future().wait();  // needs another thread
      a.get_future().wait();
      both.set_value();
    });
    pool.Post("b", 0, [&] { b.set_value(); });
    pool.Post("a", 0, [&] { a.set_value(); });
  });
  CHECK(both.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
}

TEST_CASE("stopping runs what is queued and what that posts, then drops the rest") {
  std::atomic<int> ran{0};
  ThreadPool pool(2);
  for (int i = 0; i < 50; ++i) {
    pool.Post("outer", 7, [&] {
      ++ran;
      pool.Post("inner", 7, [&] { ++ran; });
    });
  }
  pool.Stop();
  CHECK(ran == 100);
  CHECK(pool.Stopping());
  pool.Post("late", 0, [&] { ++ran; });
  CHECK(pool.QueueDepth() == 0);
  CHECK(ran == 100);
}

TEST_CASE("a pool without threads runs its jobs when told to") {
  ThreadPool pool(0);
  std::vector<int> order;
  pool.Post("a", 1, [&] {
    order.push_back(1);
    pool.Post("d", 0, [&] { order.push_back(4); });
  });
  pool.Post("b", 1, [&] { order.push_back(3); });
  pool.Post("c", 2, [&] { order.push_back(2); });
  CHECK(pool.QueueDepth() == 3);
  pool.RunQueued();
  CHECK(order == std::vector<int>{1, 2, 4, 3});
  CHECK(pool.QueueDepth() == 0);
}

TEST_CASE("what a job owns is gone when it has run") {
  ThreadPool pool(0);
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = owned;
  pool.Post("own", 0, [owned = std::move(owned)] {});
  CHECK_FALSE(watch.expired());
  pool.RunQueued();
  CHECK(watch.expired());
}

TEST_CASE("a job that goes on for long sees that its pool is to stop before that waits for it") {
  ThreadPool pool(1);
  std::atomic<bool> seen{false};
  pool.Post("long", ThreadPool::kNoOrder, [&] {
    while (!pool.Stopping()) std::this_thread::yield();
    seen = true;
  });
  pool.BeginStop();
  while (!seen) std::this_thread::yield();
  pool.Stop();
}

}  // namespace
}  // namespace longshore
