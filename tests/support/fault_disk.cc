#include "tests/support/fault_disk.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace longshore {
namespace {

constexpr uint64_t kPage = 4096;
constexpr std::string_view kBootId = "/proc/sys/kernel/random/boot_id";

tl::unexpected<Error> Injected() {
  return Fail(Code::kIo, "injected failure");
}

std::string FolderOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// "a/./b" and "a/b/" name what "a/b" names.
std::string Plain(const std::string& path) {
  std::string plain = std::filesystem::path(path).lexically_normal().string();
  if (plain.size() > 1 && plain.back() == '/') plain.pop_back();
  return plain;
}

}  // namespace

Result<FilePtr> FaultDisk::Remember(const std::string& path, Result<FilePtr> file) {
  if (!file) return file;
  auto& contents = contents_[Plain(path)];
  if (!contents) contents = std::make_shared<Contents>();
  open_[file->get()] = contents;
  return file;
}

Result<FilePtr> FaultDisk::OpenRead(const std::string& path) {
  if (plan_.Fails()) return Injected();
  if (path != kBootId) return Remember(path, disk_.OpenRead(path));
  const std::string stand_in = shadows_.path() + "/boot_id";
  std::filesystem::remove(stand_in);
  auto file = disk_.Create(stand_in);
  if (file) (void)disk_.WriteAt(**file, 0, "boot-" + std::to_string(boots_) + "\n");
  return file;
}

Result<FilePtr> FaultDisk::OpenReadWrite(const std::string& path) {
  if (plan_.Fails()) return Injected();
  return Remember(path, disk_.OpenReadWrite(path));
}

Result<FilePtr> FaultDisk::Create(const std::string& path) {
  if (plan_.Fails()) return Injected();
  auto file = disk_.Create(path);
  if (file) {
    contents_.erase(Plain(path));
    names_.push_back({Change::kCreated, Plain(path), {}, {}, FolderOf(Plain(path))});
  }
  return Remember(path, std::move(file));
}

Status FaultDisk::WriteAt(const File& file, uint64_t offset, std::string_view data) {
  const bool fails = plan_.Fails();
  if (fails) data = data.substr(0, data.size() / 2);
  const auto written = disk_.WriteAt(file, offset, data);
  open_[&file]->unsynced.Add({offset, offset + data.size()});
  if (fails) return Injected();
  return written;
}

Result<size_t> FaultDisk::ReadAt(const File& file, uint64_t offset, std::span<char> buffer) {
  if (plan_.Fails()) return Injected();
  return disk_.ReadAt(file, offset, buffer);
}

Status FaultDisk::SyncData(const File& file) {
  if (plan_.Fails()) return Injected();
  open_[&file]->unsynced.Clear();
  return {};
}

Status FaultDisk::SyncFolder(const std::string& path) {
  if (plan_.Fails()) return Injected();
  std::erase_if(names_, [&](const NameChange& change) { return change.folder == Plain(path); });
  return {};
}

Status FaultDisk::MakeFolders(const std::string& path) {
  if (plan_.Fails()) return Injected();
  std::vector<std::string> made;
  for (std::string at = Plain(path); !std::filesystem::exists(at); at = FolderOf(at))
    made.push_back(at);
  for (auto folder = made.rbegin(); folder != made.rend(); ++folder) {
    names_.push_back({Change::kFolderMade, *folder, {}, {}, FolderOf(*folder)});
  }
  return disk_.MakeFolders(path);
}

Status FaultDisk::Rename(const std::string& from, const std::string& to) {
  if (plan_.Fails()) return Injected();
  const std::string shadow = Shadow(to);
  auto renamed = disk_.Rename(from, to);
  if (!renamed) return renamed;
  names_.push_back({Change::kMoved, Plain(to), Plain(from), shadow, FolderOf(Plain(to))});
  contents_[Plain(to)] = contents_[Plain(from)];
  contents_.erase(Plain(from));
  return {};
}

Status FaultDisk::Remove(const std::string& path) {
  if (plan_.Fails()) return Injected();
  const std::string shadow = Shadow(path);
  auto removed = disk_.Remove(path);
  if (removed && !shadow.empty()) {
    names_.push_back({Change::kRemoved, Plain(path), {}, shadow, FolderOf(Plain(path))});
  }
  return removed;
}

Result<uint64_t> FaultDisk::FileSize(const std::string& path) {
  if (plan_.Fails()) return Injected();
  return disk_.FileSize(path);
}

Result<std::vector<std::string>> FaultDisk::List(const std::string& path) {
  if (plan_.Fails()) return Injected();
  return disk_.List(path);
}

Result<uint64_t> FaultDisk::FolderUsage(const std::string& path) {
  if (plan_.Fails()) return Injected();
  return disk_.FolderUsage(path);
}

Result<uint64_t> FaultDisk::FreeBytes(const std::string&) {
  if (plan_.Fails()) return Injected();
  return free_bytes_;
}

Status FaultDisk::RemoveTree(const std::string& path) {
  if (plan_.Fails()) return Injected();
  return disk_.RemoveTree(path);
}

std::string FaultDisk::Shadow(const std::string& path) {
  std::string shadow = shadows_.path() + "/" + std::to_string(next_shadow_++);
  return ::link(path.c_str(), shadow.c_str()) == 0 ? shadow : std::string();
}

void FaultDisk::CutPower() {
  ++boots_;
  open_.clear();
  for (auto lost = plan_.Choose(names_.size() + 1); lost > 0; --lost) {
    Undo(names_.back());
    names_.pop_back();
  }
  names_.clear();
  for (auto& [path, contents] : contents_) {
    if (contents) LosePages(path, contents->unsynced);
    if (contents) contents->unsynced.Clear();
  }
}

void FaultDisk::Undo(const NameChange& change) {
  std::error_code ignored;
  namespace fs = std::filesystem;
  switch (change.change) {
    case Change::kCreated:
      fs::remove(change.path, ignored);
      break;
    case Change::kFolderMade:
      fs::remove_all(change.path, ignored);
      break;
    case Change::kMoved:
      fs::rename(change.path, change.from, ignored);
      contents_[change.from] = contents_[change.path];
      contents_.erase(change.path);
      break;
    case Change::kRemoved:
      break;
  }
  if (!change.shadow.empty()) fs::rename(change.shadow, change.path, ignored);
}

void FaultDisk::LosePages(const std::string& path, const RangeSet& unsynced) {
  auto file = disk_.OpenReadWrite(path);
  if (!file) return;
  uint64_t end = std::filesystem::file_size(path);
  for (const ByteRange& range : unsynced.Ranges()) {
    for (uint64_t at = range.begin; at < std::min(range.end, end);) {
      const uint64_t next = std::min(range.end, (at / kPage + 1) * kPage);
      if (plan_.Choose(2) == 0) (void)disk_.WriteAt(**file, at, std::string(next - at, '\0'));
      at = next;
    }
    // The new length may not have reached the disk either.
    if (range.end >= end && plan_.Choose(2) == 0)
      std::filesystem::resize_file(path, end = range.begin);
  }
}

}  // namespace longshore
