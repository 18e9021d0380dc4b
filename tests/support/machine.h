#pragma once

#include <memory>
#include <string>

#include "tests/support/cache_bed.h"
#include "tests/support/fault_disk.h"
#include "tests/support/memory_index.h"
#include "tests/support/temp_folder.h"

namespace longshore {

// One computer with a cache on it: its disk and its index outlive each run of the program.
struct Machine {
  explicit Machine(uint64_t seed = 1) : plan(seed), disk(plan), index(plan) {}

  const std::string& path() const { return folder.path(); }

  std::unique_ptr<CacheBed> Start(uint64_t size = 256 << 20) {
    return std::make_unique<CacheBed>(
        path(), disk,
        [this](const std::string&) {
          return Result<std::unique_ptr<Index>>(std::make_unique<MemoryIndexView>(index));
        },
        size, compress);
  }
  // Ends the run, however it stands, and starts another with everything working.
  std::unique_ptr<CacheBed> Restart(std::unique_ptr<CacheBed> bed) {
    bed.reset();
    plan.Heal();
    return Start();
  }
  void CutPower() {
    disk.CutPower();
    index.CutPower();
  }

  bool compress = false;  // see CacheOptions
  FaultPlan plan;
  TempFolder folder;
  FaultDisk disk;
  MemoryIndex index;
};

}  // namespace longshore
