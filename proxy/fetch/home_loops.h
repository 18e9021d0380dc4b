#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
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
  // Runs `use(T&)` on every loop, later.
  template <typename F>
  void Everywhere(F use) {
    for (const Home& home : homes_) {
      home.executor->Post([object = home.object, use] { use(*object); });
    }
  }
  // Runs `ask(const T&)`, a vector, on every loop, and posts all answers in one to `executor`. A
  // loop that stops meanwhile answers no more, and then nothing is posted.
  template <typename Item, typename Ask, typename Done>
  void Gather(Executor& executor, Ask ask, Done done) {
    struct Gathered {
      std::vector<Item> items;
      size_t missing;
      Done done;
    };
    auto all = std::make_shared<Gathered>(Gathered{{}, homes_.size(), std::move(done)});
    for (const Home& home : homes_) {
      home.executor->Post([object = home.object, &executor, ask, all] {
        executor.Post([all, items = ask(std::as_const(*object))]() mutable {
          std::move(items.begin(), items.end(), std::back_inserter(all->items));
          if (--all->missing == 0) all->done(std::move(all->items));
        });
      });
    }
  }

 private:
  struct Home {
    Executor* executor;
    T* object;
  };
  std::vector<Home> homes_;
};

}  // namespace longshore
