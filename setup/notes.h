#pragma once

#include <string>
#include <vector>

#include "cache/base/disk.h"
#include "setup/mirror.h"

namespace longshore::setup {

// What a person should know about the rest of a node's configuration, below `root`: sentences,
// often none. Only reads; what cannot be read or parsed is not spoken of. Blocks.

// containerd's CRI plug-in reads certs.d only where `config_path` says so.
std::vector<std::string> ContainerdNotes(const std::string& root, Disk& disk);
// A [[registry]] of a drop-in replaces one of the same name in a file that is read before it.
std::vector<std::string> PodmanNotes(const std::string& root, const Mirror& mirror, Disk& disk);

}  // namespace longshore::setup
