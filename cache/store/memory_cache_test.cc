#include "cache/store/memory_cache.h"

#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <string>

namespace longshore {
namespace {

TEST_CASE("what was used last stays; the weight stays within bounds") {
  MemoryCache<int, std::shared_ptr<int>> cache(8 * 10);
  std::vector<std::weak_ptr<int>> all;
  for (int i = 0; i < 1000; ++i) {
    auto value = std::make_shared<int>(i);
    all.push_back(value);
    cache.Put(i, std::move(value), 1);
    cache.Get(0);
  }
  size_t alive = 0;
  for (const auto& value : all) alive += value.expired() ? 0u : 1u;
  CHECK(alive <= 80);
  CHECK(alive >= 40);
  CHECK(cache.Get(0));
}

TEST_CASE("a put over another replaces it, and its weight") {
  MemoryCache<std::string, int> cache(8 * 100);
  for (int i = 0; i < 50; ++i) cache.Put("same", i, 60);
  CHECK(cache.Get("same") == 49);
  cache.Erase("same");
  CHECK_FALSE(cache.Get("same"));
  cache.Erase("same");
}

TEST_CASE("what is too heavy is not kept, and replaces what was there") {
  MemoryCache<int, int> cache(8 * 10);
  cache.Put(1, 1, 5);
  cache.Put(1, 2, 11);
  CHECK_FALSE(cache.Get(1));
}

TEST_CASE("a conditional put sees what is there") {
  MemoryCache<int, int> cache(800);
  const auto if_newer = [&](int value) {
    return cache.PutIf(1, value, 1,
                       [&](const int* current) { return current == nullptr || *current < value; });
  };
  CHECK(if_newer(5));
  CHECK_FALSE(if_newer(4));
  CHECK(cache.Get(1) == 5);
  CHECK(if_newer(6));
  CHECK(cache.Get(1) == 6);
}

}  // namespace
}  // namespace longshore
