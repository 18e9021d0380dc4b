#include "proxy/fetch/page_cache.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tests/support/temp_folder.h"

namespace longshore {
namespace {

// A file of which nothing is in memory, if the file system can forget.
int OpenCold(const std::string& path, size_t size) {
  std::ofstream(path, std::ios::binary) << std::string(size, 'x');
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  ::fdatasync(fd);
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  return fd;
}

TEST_CASE("what was read is in memory; what was dropped is not, wherever the hole lies") {
  using Ask = bool (*)(int, uint64_t, uint64_t);
  // Kernels before 6.5 have the second way only.
  for (const Ask ask : {Ask(&IsInMemory), Ask(&ProbeInMemory)}) {
    const TempFolder folder;
    constexpr size_t kSize = 1 << 20;
    const int fd = OpenCold(folder.path() + "/file", kSize);
    if (ask(fd, 0, kSize)) {
      MESSAGE("this file system keeps all in memory");
      ::close(fd);
      return;
    }
    std::string all(kSize, ' ');
    REQUIRE(::pread(fd, all.data(), all.size(), 0) == static_cast<ssize_t>(kSize));
    CHECK(ask(fd, 0, kSize));
    CHECK(ask(fd, 4095, 2));
    CHECK(ask(fd, 0, 0));
    ::posix_fadvise(fd, 256 << 10, 64 << 10, POSIX_FADV_DONTNEED);
    CHECK_FALSE(ask(fd, 0, kSize));
    CHECK(ask(fd, 0, 256 << 10));
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    CHECK_FALSE(ask(fd, kSize - 4096, 4096));
    ::close(fd);
  }
}

}  // namespace
}  // namespace longshore
