#include "cache/disk_probe.h"

#include <string>

namespace longshore {
namespace {

constexpr size_t kProbeBytes = 64 << 10;

}  // namespace

void DiskProbe::Consider() {
  parts_.health.Look();
  const bool to_mark = parts_.health.IsIndexDamaged() && !marked_;
  if (parts_.health.IsWell() && !to_mark) return;
  const TimePoint now = parts_.clock.Now();
  if (now.time_since_epoch().count() < next_at_ || running_.exchange(true)) return;
  next_at_ = (now + kEvery).time_since_epoch().count();
  parts_.pool.Post("probe the disk", ThreadPool::kNoOrder, [this] {
    Run();
    running_ = false;
  });
}

// What fails here is told to the health by what failed.
void DiskProbe::Run() {
  if (parts_.health.IsIndexDamaged() && !marked_ && index_folder_.Mark()) marked_ = true;
  if (!parts_.health.IsWell() && Try()) parts_.health.Recovered();
}

Status DiskProbe::Try() {
  auto free = parts_.disk.FreeBytes(parts_.files.Absolute("."));
  if (!free) return tl::unexpected(free.error());
  if (*free < kFreeBytes) return Fail(Code::kNoSpace, "the file system is still full");
  // No record names it: a start removes what a crash leaves of it.
  const std::string path = "staging/probe";
  if (auto removed = parts_.files.Remove(path); !removed) return removed;
  auto file = parts_.disk.Create(parts_.files.Absolute(path));
  if (!file) return tl::unexpected(file.error());
  auto written = parts_.disk.WriteAt(**file, 0, std::string(kProbeBytes, '\0'));
  if (written) written = parts_.disk.SyncData(**file);
  if (auto removed = parts_.files.Remove(path); !removed) return removed;
  if (!written) return written;
  return parts_.catalog.Probe();
}

}  // namespace longshore
