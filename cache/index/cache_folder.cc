#include "cache/index/cache_folder.h"

#include <algorithm>

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

Status Found(const std::string& path, Disk& disk) {
  auto names = disk.List(path);
  if (!names) return tl::unexpected(names.error());
  const bool foreign = std::any_of(names->begin(), names->end(), [](const std::string& name) {
    return name != kNewFormat && name != "lost+found";
  });
  if (foreign) {
    return Fail(Code::kInvalid,
                path + " is not empty and has no FORMAT file: it is not a cache folder");
  }
  const std::string temporary = path + "/" + std::string(kNewFormat);
  if (auto removed = disk.Remove(temporary); !removed) return removed;
  auto file = disk.Create(temporary);
  if (!file) return tl::unexpected(file.error());
  if (auto written = disk.WriteAt(**file, 0, kFormat); !written) return written;
  if (auto synced = disk.SyncData(**file); !synced) return synced;
  if (auto renamed = disk.Rename(temporary, path + "/FORMAT"); !renamed) return renamed;
  return disk.SyncFolder(path);
}

}  // namespace

Status PrepareFolder(const std::string& path, Disk& disk) {
  for (const char* folder : {"", "/index", "/blobs", "/staging"}) {
    if (auto allowed = disk.CheckFolder(path + folder); !allowed) return allowed;
  }
  if (auto made = disk.MakeFolders(path); !made) return made;
  auto format = ReadSmall(disk, path + "/FORMAT");
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
