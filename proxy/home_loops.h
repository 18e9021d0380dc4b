#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "cache/base/executor.h"

namespace longshore {

// Which loop a key is at home on, for objects of which there is one a key in the whole process. `T`
// is what a loop holds of that kind. Filled before the loops run, then only read: thread-safe.
template <typename T>
class HomeLoops {
 public:
  void Add(Executor& executor, T& object) { homes_.push_back({&executor, &object}); }

  // Runs `use(T&)` on the key's home loop, later.
  template <typename F>
  void At(uint64_t key, F use) {
    const Home& home = homes_[key % homes_.size()];
    home.executor->Post([object = home.object, use = std::move(use)]() mutable { use(*object); });
  }
  template <typename F>
  void At(std::string_view key, F use) {
    At(uint64_t{std::hash<std::string_view>{}(key)}, std::move(use));
  }

 private:
  struct Home {
    Executor* executor;
    T* object;
  };
  std::vector<Home> homes_;
};

}  // namespace longshore
