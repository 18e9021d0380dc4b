#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <string_view>

#include "proxy/config.h"

namespace longshore {

// A file that is gone after the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    const int fd = ::mkstemp(path_.data());
    REQUIRE(fd >= 0);
    REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(fd);
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/longshore_config_test_XXXXXX";
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
