#include "cache/store/disk_probe.h"

#include <string>

#include "cache/index/cache_folder.h"

namespace longshore {

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
  const std::string path = parts_.files.Absolute(BlobFiles::StagingPath(kProbeFile));
  if (auto written = ProbeWrites(path, parts_.disk); !written) return written;
  return parts_.catalog.Probe();
}

}  // namespace longshore
