#pragma once

#include <functional>
#include <string>

namespace longshore {

// What the process was asked to do.
struct Command {
  enum class Kind { kServe, kCheckConfig, kRun, kExit } kind = Kind::kExit;
  std::string config_file;   // empty: the built-in configuration
  std::function<int()> run;  // kRun: a subcommand that answers its exit status
  int exit_status = 0;       // kExit: usage was printed (0) or the arguments were wrong (2)
};

// Prints usage and errors itself.
Command ParseCommandLine(int argc, const char* const* argv);

}  // namespace longshore
