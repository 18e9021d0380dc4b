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
    CacheOptions options{path(), size, 4 << 20, compress, scrub, verify_first_read};
    return std::make_unique<CacheBed>(options, disk, [this](const std::string&) {
      return Result<std::unique_ptr<Index>>(std::make_unique<MemoryIndexView>(index));
    });
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

  // What somebody, or the disk by itself, changed in a stored file: its byte `at` is another.
  void FlipByte(const std::string& file, uint64_t at) {
    auto opened = PosixDisk().OpenReadWrite(path() + "/" + file);
    std::string byte(1, '\0');
    (void)PosixDisk().ReadAt(**opened, at, byte);
    byte[0] = static_cast<char>(byte[0] ^ 1);
    (void)PosixDisk().WriteAt(**opened, at, byte);
  }

  // See CacheOptions.
  bool compress = false;
  Duration scrub{0};
  bool verify_first_read = false;
  FaultPlan plan;
  TempFolder folder;
  FaultDisk disk;
  MemoryIndex index;
};

}  // namespace longshore
