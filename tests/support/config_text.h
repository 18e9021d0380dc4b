#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/config/config.h"
#include "tests/support/temp_folder.h"

namespace longshore {

// A file that is gone after the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    std::ofstream file(path_, std::ios::binary);
    REQUIRE(file.write(text.data(), static_cast<std::streamsize>(text.size())).flush());
  }
  const std::string& path() const { return path_; }

 private:
  const TempFolder folder_;
  const std::string path_ = folder_.path() + "/config";
};

// A configuration of the name `f`, in an environment of three variables.
inline ConfigResult Parse(std::string_view text) {
  return ParseConfig(text, "f", [](const std::string& name) -> std::optional<std::string> {
    if (name == "TOKEN") return "hunter2";
    if (name == "EMPTY") return "";
    if (name == "TWO_LINES") return "hunter2\nmore";
    return std::nullopt;
  });
}

// All errors as one text, a line each.
inline std::string Errors(std::string_view text) {
  const auto config = Parse(text);
  if (config) return "";
  std::string out;
  for (const ConfigError& error : config.error()) out += error.ToString() + "\n";
  return out;
}

}  // namespace longshore
