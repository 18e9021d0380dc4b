#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cache/base/result.h"

namespace longshore::setup {

// Questions about a TOML file, answered without rewriting it. kInvalid: it is not TOML; the message
// has the line.

// The keys of the table at `path`; none if there is no such table.
[[nodiscard]] Result<std::vector<std::string>> TomlKeys(const std::string& text,
                                                        const std::vector<std::string>& path);
// The string at `path`, if there is one.
[[nodiscard]] Result<std::optional<std::string>> TomlString(const std::string& text,
                                                            const std::vector<std::string>& path);
// The string `key` of every table of the array of tables `name`, where there is one.
[[nodiscard]] Result<std::vector<std::string>> TomlStrings(const std::string& text,
                                                           const std::string& name,
                                                           const std::string& key);
// The line, counted from 0, on which the first [table] header stands: what comes before it are
// keys of the document itself. Without any: the number of lines.
[[nodiscard]] Result<size_t> FirstTomlTable(const std::string& text);

}  // namespace longshore::setup
