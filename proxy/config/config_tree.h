#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace longshore {

// A YAML document as plain values that know their lines. config_tree.cc alone sees yaml-cpp, which
// throws.

struct ConfigEntry;

struct ConfigNode {
  enum class Kind { kNothing, kText, kList, kMap };

  Kind kind = Kind::kNothing;
  int line = 1;                   // from 1
  std::string text;               // kText: the scalar as it is written, without its quotes
  std::vector<ConfigNode> items;  // kList
  std::vector<ConfigEntry>
      entries;  // kMap: in the order of the file, a key that comes twice included
};

struct ConfigEntry {
  std::string key;
  int line = 1;
  ConfigNode value;
};

struct ConfigSyntaxError {
  int line = 1;
  std::string message;
};

// One document at most; none is kNothing. Aliases are copied. Refuses what is not YAML, keys that
// are not plain text, and documents that nest or, by their aliases, grow beyond any real
// configuration. Any thread.
[[nodiscard]] tl::expected<ConfigNode, ConfigSyntaxError> ParseConfigTree(std::string_view text);

}  // namespace longshore
