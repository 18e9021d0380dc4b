#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cache/base/clock.h"
#include "cache/store/catalog.h"

namespace longshore {

// Forgets links and tags that lead to nothing stored and that no upstream has confirmed for long:
// they are small, but nothing else would ever remove them, and the index counts against the budget.
// Works through both families a chunk at a time, one pass a day. One thread at a time (Upkeep);
// blocks.
class Pruner {
 public:
  static constexpr size_t kChunk = 4096;  // records
  static constexpr Duration kBetweenPasses = std::chrono::hours(24);
  static constexpr Duration kForgetAfter = std::chrono::hours(24 * 30);
  // When the index takes more than a quarter of the capacity, this is the limit, and passes follow
  // each other.
  static constexpr Duration kForgetSoon = std::chrono::hours(1);

  Pruner(Catalog& catalog, Budget& budget, const Clock& clock)
      : catalog_(catalog),
        budget_(budget),
        clock_(clock),
        next_pass_(clock.Now() + kBetweenPasses) {}
  Pruner(const Pruner&) = delete;
  Pruner& operator=(const Pruner&) = delete;

  void Step();

 private:
  struct Candidate {
    Family family;
    std::string key;
    Digest digest;
  };
  Result<std::vector<Candidate>> NextChunk(int64_t before);
  Result<bool> IsStored(const Digest& digest);

  Catalog& catalog_;
  Budget& budget_;
  const Clock& clock_;
  TimePoint next_pass_;
  Family family_ = Family::kLink;
  std::string next_;  // the first key not looked at; empty at the beginning of a family
};

}  // namespace longshore
