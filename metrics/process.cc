#include "metrics/process.h"

#include <dirent.h>
#include <malloc.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace longshore::metrics {
namespace {

// Fields of /proc/self/stat from the third on: the second, the name, may hold spaces and
// parentheses (proc(5)).
std::istringstream StatAfterName() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const size_t end = line.rfind(')');
  return std::istringstream(end == std::string::npos ? std::string() : line.substr(end + 1));
}

// Wall time of the boot, in seconds since 1970: the "btime" line of /proc/stat.
double BootTimeSeconds() {
  std::ifstream file("/proc/stat");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("btime ", 0) == 0) {
      double seconds = 0;
      std::istringstream(line.substr(6)) >> seconds;
      return seconds;
    }
  }
  return 0;
}

}  // namespace

uint64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  uint64_t total_pages = 0;
  uint64_t resident_pages = 0;
  if (!(file >> total_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

Heap HeapBytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return {.used = info.uordblks + info.hblkhd, .free = info.fordblks};
}

uint64_t OpenFds() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
  if (!folder) return 0;
  uint64_t entries = 0;
  while (::readdir(folder.get()) != nullptr) ++entries;
  constexpr uint64_t kNotCounted = 3;  // ".", ".." and the folder's own descriptor
  return entries > kNotCounted ? entries - kNotCounted : 0;
}

double StartTimeSeconds() {
  std::istringstream fields = StatAfterName();
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  uint64_t ticks_after_boot = 0;  // field 22, starttime
  const double boot = BootTimeSeconds();
  if (!(fields >> ticks_after_boot) || boot == 0) return 0;
  return boot + static_cast<double>(ticks_after_boot) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void RegisterProcessMetrics(Registry& registry, std::string_view version) {
  registry.GetGauge(names::kBuildInfo, {version}).Set(1);
  registry.SetCallback(names::kProcessResidentBytes, {},
                       [] { return static_cast<double>(ResidentBytes()); });
  registry.SetCallback(names::kProcessHeapBytes, {"used"},
                       [] { return static_cast<double>(HeapBytes().used); });
  registry.SetCallback(names::kProcessHeapBytes, {"free"},
                       [] { return static_cast<double>(HeapBytes().free); });
  registry.SetCallback(names::kProcessOpenFds, {}, [] { return static_cast<double>(OpenFds()); });
  const double started = StartTimeSeconds();
  registry.SetCallback(names::kProcessStartTimeSeconds, {}, [started] { return started; });
}

}  // namespace longshore::metrics
