#include "setup/edit.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace longshore::setup {
namespace {

constexpr uint64_t kMostBytes = 1 << 20;
constexpr const char* kNewSuffix = ".new-longshore";
constexpr mode_t kMode = 0644;

tl::unexpected<Error> At(const std::string& path, Error error) {
  error.message = path + ": " + error.message;
  return tl::unexpected<Error>(std::move(error));
}

// As the file that is there, so that a secret in it stays one.
Status CopyOwner(const std::string& from, const File& to) {
  struct stat present {};
  const bool exists = ::stat(from.c_str(), &present) == 0;
  const bool owned = !exists || ::fchown(to.fd(), present.st_uid, present.st_gid) == 0;
  if (owned && ::fchmod(to.fd(), exists ? present.st_mode & 07777 : kMode) == 0) return {};
  return Fail(Code::kIo, "cannot give it its owner: " + std::system_category().message(errno));
}

std::string FolderOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

}  // namespace

Result<std::string> ReadNodeFile(const std::string& path, Disk& disk) {
  std::error_code ignored;
  if (std::filesystem::is_symlink(path, ignored)) {
    return Fail(Code::kInvalid, path + ": a symbolic link: change what it leads to with --print");
  }
  auto file = disk.OpenRead(path);
  if (!file && file.error().code == Code::kNotFound) return std::string();
  if (!file) return tl::unexpected(file.error());
  std::string text(kMostBytes + 1, '\0');
  const auto size = disk.ReadAt(**file, 0, text);
  if (!size) return tl::unexpected(size.error());
  if (*size > kMostBytes) return Fail(Code::kInvalid, path + ": larger than 1MiB");
  text.resize(*size);
  return text;
}

Result<Edit> NodeEditor::PlanAdd(const NodeFile& file) const {
  Edit edit{Edit::Kind::kNothing, root_ + file.path, "", false};
  const auto present = ReadNodeFile(edit.path, disk_);
  if (!present) return tl::unexpected(present.error());
  auto merged = file.add(*present);
  if (!merged) return At(edit.path, merged.error());
  edit.text = std::move(*merged);
  if (edit.text == *present) return edit;
  edit.kind = Edit::Kind::kWrite;
  // What setup has changed before is no original, and its backup stays.
  const auto theirs = file.remove(*present);
  edit.backup = !present->empty() && theirs && *theirs == *present;
  return edit;
}

Result<Edit> NodeEditor::PlanRemove(const NodeFile& file) const {
  Edit edit{Edit::Kind::kNothing, root_ + file.path, "", false};
  const auto present = ReadNodeFile(edit.path, disk_);
  if (!present) return tl::unexpected(present.error());
  auto theirs = file.remove(*present);
  if (!theirs) return At(edit.path, theirs.error());
  edit.text = std::move(*theirs);
  if (edit.text == *present) return edit;
  const auto original = ReadNodeFile(edit.path + kBackupSuffix, disk_);
  if (!original) return tl::unexpected(original.error());
  const auto untouched = file.add(*original);
  if (untouched && *untouched == *present) {
    edit.kind = original->empty() ? Edit::Kind::kDelete : Edit::Kind::kRestore;
  } else {
    edit.kind = edit.text.empty() ? Edit::Kind::kDelete : Edit::Kind::kWrite;
  }
  return edit;
}

Status NodeEditor::Write(const std::string& path, const std::string& text) {
  const std::string fresh = path + kNewSuffix;
  if (auto made = disk_.MakeFolders(FolderOf(path)); !made) return made;
  if (auto removed = disk_.Remove(fresh); !removed) return removed;
  auto file = disk_.Create(fresh);
  if (!file) return tl::unexpected(file.error());
  Status done = CopyOwner(path, **file);
  if (done) done = disk_.WriteAt(**file, 0, text);
  if (done) done = disk_.SyncData(**file);
  if (done) done = disk_.Rename(fresh, path);
  if (!done) static_cast<void>(disk_.Remove(fresh));
  return done;
}

// A copy, by way of Write: it has the mode and owner of the file.
Status NodeEditor::Backup(const std::string& path) {
  const auto text = ReadNodeFile(path, disk_);
  if (!text) return tl::unexpected(text.error());
  const std::string backup = path + kBackupSuffix;
  if (auto written = Write(backup, *text); !written) return written;
  auto file = disk_.OpenReadWrite(backup);
  return file ? CopyOwner(path, **file) : tl::unexpected(file.error());
}

Status NodeEditor::Carry(const Edit& edit) {
  if (edit.kind == Edit::Kind::kNothing) return {};
  if (edit.backup) {
    if (auto kept = Backup(edit.path); !kept) return kept;
  }
  Status done;
  if (edit.kind == Edit::Kind::kWrite) done = Write(edit.path, edit.text);
  if (edit.kind == Edit::Kind::kRestore) done = disk_.Rename(edit.path + kBackupSuffix, edit.path);
  if (edit.kind == Edit::Kind::kDelete) done = disk_.Remove(edit.path);
  if (done) done = disk_.SyncFolder(FolderOf(edit.path));
  return done;
}

}  // namespace longshore::setup
