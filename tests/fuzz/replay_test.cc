#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/targets.h"

namespace longshore::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> FilesOf(std::string_view target) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(LONGSHORE_CORPORA) / target)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_CASE("every input that was worth keeping has the properties of its target") {
  for (const Target& target : kTargets) {
    SUBCASE(std::string(target.name).c_str()) {
      target.run("");
      const auto files = FilesOf(target.name);
      CHECK(files.size() >= 5);
      for (const fs::path& file : files) {
        INFO(file.filename().string());
        target.run(Read(file));
        CHECK(true);
      }
    }
  }
}

}  // namespace
}  // namespace longshore::fuzz
