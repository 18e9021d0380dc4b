#include "setup/edit.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
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

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

std::string TextOf(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// The same file as it was set up with `url`.
NodeFile About(const NodeFile& file, const std::string& url) {
  return file.with_url ? file.with_url(url) : file;
}

Result<std::string> RemoveAll(const NodeFile& file, const std::string& present,
                              const std::vector<std::string>& urls) {
  Result<std::string> text = present;
  for (const std::string& url : urls) {
    if (text) text = About(file, url).remove(*text);
  }
  return text;
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

Result<NodeEditor::Present> NodeEditor::Read(const NodeFile& file) const {
  const std::string path = root_ + file.path;
  auto text = ReadNodeFile(path, disk_);
  if (!text) return tl::unexpected(text.error());
  auto backup = ReadNodeFile(path + kBackupSuffix, disk_);
  if (!backup) return tl::unexpected(backup.error());
  auto record = file.url.empty() ? std::string() : ReadNodeFile(path + kRecordSuffix, disk_);
  if (!record) return tl::unexpected(record.error());
  return Present{std::move(*text), std::move(*backup), LinesOf(*record)};
}

Result<Edit> NodeEditor::PlanAdd(const NodeFile& file) const {
  Edit edit{Edit::Kind::kNothing, root_ + file.path};
  auto present = Read(file);
  if (!present) return tl::unexpected(present.error());
  std::vector<std::string>& ours = present->ours;
  std::vector<std::string> stale = ours;
  std::erase(stale, file.url);
  const auto without_stale = RemoveAll(file, present->text, stale);
  if (!without_stale) return At(edit.path, without_stale.error());
  auto merged = file.add(*without_stale);
  if (!merged) return At(edit.path, merged.error());
  edit.text = std::move(*merged);
  if (edit.text == present->text) return edit;
  edit.kind = Edit::Kind::kWrite;
  // What setup has changed before is no original. A backup that is there is never written over.
  const auto theirs = file.remove(*without_stale);
  const bool is_original = theirs && *theirs == present->text;
  edit.backup = is_original && !present->text.empty() && present->backup.empty();
  // What a person listed is not ours, even at this address.
  const bool is_new = std::find(ours.begin(), ours.end(), file.url) == ours.end();
  if (!file.url.empty() && is_new && edit.text != *without_stale) {
    ours.push_back(file.url);
    edit.record = TextOf(ours);
  }
  return edit;
}

Result<Edit> NodeEditor::PlanRemove(const NodeFile& file) const {
  Edit edit{Edit::Kind::kNothing, root_ + file.path};
  const auto present = Read(file);
  if (!present) return tl::unexpected(present.error());
  const std::vector<std::string> ours =
      present->ours.empty() ? std::vector<std::string>{file.url} : present->ours;
  if (!present->ours.empty()) edit.record = "";
  auto theirs = RemoveAll(file, present->text, ours);
  if (!theirs) return At(edit.path, theirs.error());
  edit.text = std::move(*theirs);
  if (edit.text == present->text) return edit;
  auto untouched = About(file, ours.back()).add(present->backup);
  if (untouched) untouched = RemoveAll(file, *untouched, ours);
  if (untouched && *untouched == edit.text) {
    edit.kind = present->backup.empty() ? Edit::Kind::kDelete : Edit::Kind::kRestore;
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
  if (edit.backup) {
    if (auto kept = Backup(edit.path); !kept) return kept;
  }
  // Before the file: an address that is in no record would be taken for a person's.
  const std::string record = edit.path + kRecordSuffix;
  if (edit.record && !edit.record->empty()) {
    if (auto kept = Write(record, *edit.record); !kept) return kept;
  }
  if (edit.kind == Edit::Kind::kNothing && !edit.record) return {};
  Status done;
  if (edit.kind == Edit::Kind::kWrite) done = Write(edit.path, edit.text);
  if (edit.kind == Edit::Kind::kRestore) done = disk_.Rename(edit.path + kBackupSuffix, edit.path);
  if (edit.kind == Edit::Kind::kDelete) done = disk_.Remove(edit.path);
  if (done && edit.record && edit.record->empty()) done = disk_.Remove(record);
  if (done) done = disk_.SyncFolder(FolderOf(edit.path));
  return done;
}

}  // namespace longshore::setup
