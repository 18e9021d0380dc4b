#include "cache/store/quarantine.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "cache/index/charge.h"
#include "tests/support/temp_folder.h"

namespace longshore {
namespace {

namespace fs = std::filesystem;

struct Bench {
  Bench() { fs::create_directory(folder.path() + "/quarantine"); }
  // A file of `size` bytes, counted, that then fails its proof.
  void Admit(int n, size_t size) {
    std::ofstream(folder.path() + "/bad") << std::string(size, 'b');
    budget.Force(Charge(size));
    CHECK(quarantine.Admit("bad", Digest::Of(std::to_string(n)), Charge(size)));
    CHECK_FALSE(fs::exists(folder.path() + "/bad"));
  }
  size_t Files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder.path() + "/quarantine"),
                                             fs::directory_iterator()));
  }
  bool Has(int n) const {
    const std::string hex = Digest::Of(std::to_string(n)).Hex();
    for (const auto& entry : fs::directory_iterator(folder.path() + "/quarantine")) {
      if (entry.path().filename().string().find(hex) != std::string::npos) return true;
    }
    return false;
  }

  TempFolder folder;
  PosixDisk disk;
  CacheStats stats;
  Budget budget{1 << 30, stats};
  BlobFiles files{folder.path(), disk};
  Quarantine quarantine{files, budget, 150'000};
};

TEST_CASE("the last eight stay, counted; the oldest goes") {
  Bench bench;
  for (int n = 0; n < 12; ++n) bench.Admit(n, 1000);
  CHECK(bench.Files() == Quarantine::kMaxFiles);
  CHECK_FALSE(bench.Has(3));
  CHECK(bench.Has(4));
  CHECK(bench.budget.ObjectBytes() == 8 * Charge(1000));
}

TEST_CASE("large ones push out more, and what is too large is not kept") {
  Bench bench;
  for (int n = 0; n < 4; ++n) bench.Admit(n, 60'000);
  CHECK(bench.Files() == 2);
  bench.Admit(9, 300'000);
  CHECK_FALSE(bench.Has(9));
  CHECK(bench.budget.ObjectBytes() == 2 * Charge(60'000));
}

TEST_CASE("after a restart they count, in the order they came") {
  Bench bench;
  for (int n = 0; n < 8; ++n) bench.Admit(n, 1000);
  CacheStats stats;
  Budget budget(1 << 30, stats);
  Quarantine later(bench.files, budget, 200'000);
  REQUIRE(later.Load());
  CHECK(budget.ObjectBytes() == 8 * Charge(1000));
  std::ofstream(bench.folder.path() + "/bad") << "b";
  budget.Force(Charge(1));
  REQUIRE(later.Admit("bad", Digest::Of("8"), Charge(1)));
  CHECK_FALSE(bench.Has(0));
  CHECK(bench.Has(1));
  CHECK(bench.Has(8));
}

}  // namespace
}  // namespace longshore
