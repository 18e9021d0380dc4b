#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cache/base/disk.h"
#include "setup/node_file.h"

namespace longshore::setup {

// Where a file's text goes before setup changes it for the first time.
inline constexpr const char* kBackupSuffix = ".before-longshore";
// The mirrors that setup put into a file which cannot say so itself, one a line, the last one last.
inline constexpr const char* kRecordSuffix = ".by-longshore";

// What will be or was done to one file.
struct Edit {
  enum class Kind {
    kNothing,  // it is right already
    kWrite,    // gets `text`
    kRestore,  // the backup takes its place
    kDelete    // it was made by setup alone
  } kind = Kind::kNothing;
  std::string path;    // with the root in front
  std::string text{};  // kWrite; also kNothing: what is there
  bool backup = false;
  std::optional<std::string> record{};  // beside the file from then on; empty: it goes
};

// Works with files below `root` (empty: the machine itself). Reads and writes the disk: blocks.
// A file is exchanged by a rename, so its readers see the old or the new one whole; it keeps its
// mode and owner.
class NodeEditor {
 public:
  NodeEditor(std::string root, Disk& disk) : root_(std::move(root)), disk_(disk) {}

  // Only read. kInvalid: a file is not what its client would understand, with its path; kIo. What
  // an earlier setup put in makes way; the backup is of what was there before the first one.
  [[nodiscard]] Result<Edit> PlanAdd(const NodeFile& file) const;
  // Where nothing but setup changed the file, what was there before comes back to the byte.
  // Otherwise only the mirror goes, whatever address it was set up with, and the backup stays.
  [[nodiscard]] Result<Edit> PlanRemove(const NodeFile& file) const;

  // kIo: what could not be done; what was there is still there.
  [[nodiscard]] Status Carry(const Edit& edit);

 private:
  struct Present {
    std::string text;
    std::string backup;
    std::vector<std::string> ours;  // of the record
  };
  [[nodiscard]] Result<Present> Read(const NodeFile& file) const;
  [[nodiscard]] Status Write(const std::string& path, const std::string& text);
  [[nodiscard]] Status Backup(const std::string& path);

  const std::string root_;
  Disk& disk_;
};

// The text of a file of the node; empty if there is none. kIo; kInvalid: a symbolic link, or larger
// than a configuration is.
[[nodiscard]] Result<std::string> ReadNodeFile(const std::string& path, Disk& disk);

}  // namespace longshore::setup
