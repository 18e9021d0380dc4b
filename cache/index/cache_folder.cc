#include "cache/index/cache_folder.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cache/base/digest.h"
#include "cache/index/index_folder.h"

namespace longshore {
namespace {

constexpr std::string_view kNewFormat = "FORMAT.new";  // a crash may leave one behind
constexpr size_t kProbeBytes = 64 << 10;

Result<std::string> ReadSmall(Disk& disk, const std::string& path) {
  auto file = disk.OpenRead(path);
  if (!file) return tl::unexpected(file.error());
  std::string bytes(256, '\0');
  auto read = disk.ReadAt(**file, 0, bytes);
  if (!read) return tl::unexpected(read.error());
  bytes.resize(*read);
  return bytes;
}

using IsOurs = bool (*)(std::string_view name);

Result<bool> AreAll(Disk& disk, const std::string& path, IsOurs is_ours) {
  auto names = disk.List(path);
  if (!names) return tl::unexpected(names.error());
  return std::all_of(names->begin(), names->end(), is_ours);
}

// <algorithm>-<hex>.<n>, or what writes are probed with.
bool IsStagingName(std::string_view name) {
  std::string digest(name.substr(0, name.rfind('.')));
  std::replace(digest.begin(), digest.end(), '-', ':');
  return name == kProbeFile || Digest::Parse(digest).has_value();
}

bool IsAlgorithm(std::string_view name) {
  return name == "sha256" || name == "sha512";
}

// Other stores have the same two above, and the whole digest here.
bool IsShard(std::string_view name) {
  return name.size() == 2;
}

bool IsTopName(std::string_view name) {
  return name == kNewFormat || name == "lost+found" || name == kDamageMarker || name == "staging" ||
         name == "quarantine" || name == "blobs";
}

// Is all that lies there ours, although there is no FORMAT?
Result<bool> IsNobodyElses(const std::string& path, Disk& disk) {
  constexpr std::array<std::pair<const char*, IsOurs>, 6> kFolders{{
      {"", IsTopName},
      {"/staging", IsStagingName},
      {"/quarantine", IsStagingName},
      {"/blobs", IsAlgorithm},
      {"/blobs/sha256", IsShard},
      {"/blobs/sha512", IsShard},
  }};
  for (const auto& [folder, is_its] : kFolders) {
    auto below = AreAll(disk, path + folder, is_its);
    if (!below && below.error().code == Code::kNotFound) continue;
    if (!below || !*below) return below;
  }
  return true;
}

Status Found(const std::string& path, Disk& disk) {
  auto ours = IsNobodyElses(path, disk);
  if (!ours) return tl::unexpected(ours.error());
  if (!*ours) {
    return Fail(Code::kInvalid,
                path + " is not empty and has no FORMAT file: it is not a cache folder");
  }
  const std::string temporary = path + "/" + std::string(kNewFormat);
  if (auto removed = disk.Remove(temporary); !removed) return removed;
  auto file = disk.Create(temporary);
  if (!file) return tl::unexpected(file.error());
  if (auto written = disk.WriteAt(**file, 0, kFormat); !written) return written;
  if (auto synced = disk.SyncData(**file); !synced) return synced;
  if (auto renamed = disk.Rename(temporary, path + "/" + kFormatFile); !renamed) return renamed;
  return disk.SyncFolder(path);
}

}  // namespace

Status PrepareFolder(const std::string& path, Disk& disk) {
  for (const char* folder : {"", "/index", "/blobs", "/staging"}) {
    if (auto allowed = disk.CheckFolder(path + folder); !allowed) return allowed;
  }
  if (auto made = disk.MakeFolders(path); !made) return made;
  auto format = ReadSmall(disk, path + "/" + kFormatFile);
  const bool is_new = !format && format.error().code == Code::kNotFound;
  if (!format && !is_new) return tl::unexpected(format.error());
  if (is_new) {
    if (auto founded = Found(path, disk); !founded) return founded;
  }
  if (is_new || *format == kFormat) {
    return ProbeWrites(path + "/" + std::string(kNewFormat), disk);
  }
  return Fail(Code::kInvalid,
              path +
                  " holds a cache of a format that this version does not know; use the version "
                  "that wrote it, or another folder");
}

Status ProbeWrites(const std::string& path, Disk& disk) {
  if (auto removed = disk.Remove(path); !removed) return removed;
  auto file = disk.Create(path);
  if (!file) return tl::unexpected(file.error());
  auto written = disk.WriteAt(**file, 0, std::string(kProbeBytes, '\0'));
  if (written) written = disk.SyncData(**file);
  if (auto removed = disk.Remove(path); !removed) return removed;
  return written;
}

std::string ReadBootId(Disk& disk) {
  auto id = ReadSmall(disk, "/proc/sys/kernel/random/boot_id");
  if (!id) return {};
  return id->substr(0, id->find('\n'));
}

}  // namespace longshore
