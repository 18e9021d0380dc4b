#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cache/index/index.h"
#include "tests/support/fault_plan.h"

namespace longshore {

// An index in memory that fails when the plan says so and knows what a power cut would take: the
// newest batches, back to the last synced one. Dying at a commit leaves it to chance whether that
// batch is in. One thread.
class MemoryIndex final : public Index {
 public:
  explicit MemoryIndex(FaultPlan& plan) : plan_(plan) {}

  void CutPower();
  // As if its folder had been deleted.
  void Lose() {
    now_ = synced_ = {};
    unsynced_.clear();
  }

  Result<std::optional<std::string>> Get(Family family, std::string_view key) override;
  Result<int64_t> Counter(std::string_view key) override;
  Status Commit(const IndexBatch& batch, Sync sync) override;
  Status Scan(Family family, std::string_view prefix, std::string_view from,
              const Visitor& visit) override;
  Status Compact(Family family) override;
  IndexMemory Memory() const override { return {}; }

 private:
  struct Contents {
    std::array<std::map<std::string, std::string, std::less<>>, kFamilyNames.size()> families;
    std::map<std::string, int64_t, std::less<>> counters;
  };
  static void Apply(const IndexBatch& batch, Contents& contents);

  FaultPlan& plan_;
  Contents now_;
  Contents synced_;
  std::vector<IndexBatch> unsynced_;  // what lies between the two, oldest first
};

// The same index for one run after the other: each open gets a view of it.
class MemoryIndexView final : public Index {
 public:
  explicit MemoryIndexView(MemoryIndex& index) : index_(index) {}
  Result<std::optional<std::string>> Get(Family family, std::string_view key) override {
    return index_.Get(family, key);
  }
  Result<int64_t> Counter(std::string_view key) override { return index_.Counter(key); }
  Status Commit(const IndexBatch& batch, Sync sync) override { return index_.Commit(batch, sync); }
  Status Scan(Family family, std::string_view prefix, std::string_view from,
              const Visitor& visit) override {
    return index_.Scan(family, prefix, from, visit);
  }
  Status Compact(Family family) override { return index_.Compact(family); }
  IndexMemory Memory() const override { return index_.Memory(); }

 private:
  MemoryIndex& index_;
};

}  // namespace longshore
