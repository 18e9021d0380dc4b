#pragma once

#include <iosfwd>
#include <string>

#include "cache/base/disk.h"
#include "setup/mirror.h"

namespace longshore::setup {

// `longshore setup`: points one client of a node at a mirror, or takes that back.
struct Request {
  std::string client;  // "docker", "containerd", "podman", "k3s"
  Mirror mirror;
  std::string root;  // files are looked for below it; empty: this machine
  bool print = false;
  bool undo = false;
};

// All files are planned before the first is written: a file that cannot be merged with leaves all
// as they are. With `print` nothing is written: the files' new texts go to `out`, and their paths
// to `err`. What was done and what is left to do go to `err`. kInvalid, kIo: see edit.h. Blocks.
[[nodiscard]] Status Run(const Request& request, Disk& disk, std::ostream& out, std::ostream& err);

}  // namespace longshore::setup
