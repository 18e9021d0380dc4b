#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cache/base/executor.h"
#include "cache/base/result.h"
#include "cache/base/unique_function.h"

namespace longshore {

// What a joined call gets: the value, and whether it was somebody else's flight.
template <typename Value>
struct Flown {
  Result<Value> value;
  bool collapsed = false;
};

// Many askers, one doing: whoever joins a key first does the work, all get the outcome. Lives on
// the key's home loop; callbacks are posted to the askers' executors. Value is copied to each.
template <typename Value>
class SingleFlight {
 public:
  using Callback = UniqueFunction<void(Flown<Value>)>;

  // True: nobody is under way; the caller must end with Complete(key, …).
  bool Join(const std::string& key, Executor& executor, Callback done) {
    auto [entry, is_first] = flights_.try_emplace(key);
    entry->second.push_back({&executor, std::move(done), !is_first});
    return is_first;
  }

  void Complete(const std::string& key, const Result<Value>& value) {
    auto node = flights_.extract(key);
    if (node.empty()) return;
    for (Waiter& waiter : node.mapped()) {
      waiter.executor->Post(
          [done = std::move(waiter.done), flown = Flown<Value>{value, waiter.collapsed}]() mutable {
            done(std::move(flown));
          });
    }
  }

 private:
  struct Waiter {
    Executor* executor;
    Callback done;
    bool collapsed;
  };
  std::unordered_map<std::string, std::vector<Waiter>> flights_;
};

}  // namespace longshore
