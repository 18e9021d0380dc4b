#include "setup/toml_text.h"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

namespace longshore::setup {
namespace {

Result<toml::table> Parse(const std::string& text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    return Fail(Code::kInvalid, "not TOML: line " + std::to_string(error.source().begin.line) +
                                    ": " + std::string(error.description()));
  }
}

const toml::node* Find(const toml::table& document, const std::vector<std::string>& path) {
  const toml::node* node = &document;
  for (const std::string& key : path) {
    const toml::table* table = node->as_table();
    node = table != nullptr ? table->get(key) : nullptr;
    if (node == nullptr) return nullptr;
  }
  return node;
}

}  // namespace

Result<std::vector<std::string>> TomlKeys(const std::string& text,
                                          const std::vector<std::string>& path) {
  auto document = Parse(text);
  if (!document) return tl::unexpected(document.error());
  std::vector<std::string> keys;
  const toml::node* node = Find(*document, path);
  if (node == nullptr || !node->is_table()) return keys;
  for (const auto& [key, value] : *node->as_table()) keys.emplace_back(key.str());
  return keys;
}

Result<std::optional<std::string>> TomlString(const std::string& text,
                                              const std::vector<std::string>& path) {
  auto document = Parse(text);
  if (!document) return tl::unexpected(document.error());
  const toml::node* node = Find(*document, path);
  if (node == nullptr) return std::optional<std::string>();
  return node->value<std::string>();
}

Result<std::vector<std::string>> TomlStrings(const std::string& text, const std::string& name,
                                             const std::string& key) {
  auto document = Parse(text);
  if (!document) return tl::unexpected(document.error());
  std::vector<std::string> found;
  const toml::array* tables = document->get_as<toml::array>(name);
  if (tables == nullptr) return found;
  for (const toml::node& node : *tables) {
    const toml::table* table = node.as_table();
    if (table == nullptr) continue;
    if (auto value = (*table)[key].value<std::string>()) found.push_back(std::move(*value));
  }
  return found;
}

Result<size_t> FirstTomlTable(const std::string& text) {
  if (auto parsed = Parse(text); !parsed) return tl::unexpected(parsed.error());
  // Everything before the first header parses alone and holds no header; so the first header is
  // the line up to which the text parses, and which begins with a bracket there.
  std::istringstream lines(text);
  std::string before;
  std::string line;
  size_t number = 0;
  while (std::getline(lines, line)) {
    const size_t first = line.find_first_not_of(" \t");
    if (first != std::string::npos && line[first] == '[' && Parse(before)) return number;
    before += line + "\n";
    ++number;
  }
  return number;
}

}  // namespace longshore::setup
