#pragma once

#include <string>

#include "setup/setup.h"

namespace longshore {

// What the process was asked to do.
struct Command {
  enum class Kind { kServe, kCheckConfig, kVersion, kSetup, kHealth, kExit } kind = Kind::kExit;
  std::string config_file;  // empty: the built-in configuration
  std::string admin;        // kHealth: the admin listener; empty: the configuration's
  setup::Request setup;     // kSetup; without a mirror or upstreams: the configuration's
  int exit_status = 0;      // kExit: usage was printed (0) or the arguments were wrong (2)
};

// Prints usage and errors itself.
Command ParseCommandLine(int argc, const char* const* argv);

}  // namespace longshore
