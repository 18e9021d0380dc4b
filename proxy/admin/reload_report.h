#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace longshore {

// What came of reading the configuration again. A plain value; holds no secret.
struct ReloadReport {
  enum class Outcome {
    kDone,      // what can change at run time is as the file says
    kRefused,   // the file, or a certificate, cannot be used: nothing is changed
    kNoFile,    // the process was started without one
    kStopping,  // it was not read: the process ends
  };
  Outcome outcome = Outcome::kDone;
  std::vector<std::string> changed;       // keys, as check-config names them
  std::vector<std::string> need_restart;  // keys that differ and stay as they are until then
  size_t certificates = 0;                // of listeners, read again
  std::vector<std::string> errors;        // why it was refused, each with file, line and key
};

// For a person: the parts in one line.
inline std::string Join(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

}  // namespace longshore
