#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cache/base/result.h"
#include "proxy/config/config.h"
#include "proxy/config/config_tree.h"

namespace longshore {

// Where errors gather while one file is read.
class ConfigErrors {
 public:
  explicit ConfigErrors(std::string file) : file_(std::move(file)) {}
  void Add(int line, std::string key, std::string message);
  // In the order of lines.
  std::vector<ConfigError> Take();

 private:
  std::string file_;
  std::vector<ConfigError> errors_;
};

// One mapping of the file, read key by key; what nobody asked for is reported at the end as
// unknown. Every reader leaves `out` alone when the key is missing or wrong. `node` and `errors`
// outlive it.
class ConfigSection {
 public:
  // `path` is the section's own key, "" for the whole file. Something that is no mapping is one
  // error and reads as empty; nothing at all (a key whose settings are commented out) is an empty
  // mapping.
  ConfigSection(const ConfigNode& node, std::string path, ConfigErrors& errors);

  // The value under `key` and where it stands; null if it is missing.
  const ConfigEntry* Find(std::string_view key);
  std::string PathOf(std::string_view key) const;
  int line() const { return node_.line; }
  const std::vector<ConfigEntry>& entries() const { return entries_; }

  // `parse` is Result<T>(std::string_view).
  template <typename T, typename Parse>
  void Read(std::string_view key, T& out, const Parse& parse) {
    const ConfigEntry* entry = Find(key);
    if (entry != nullptr) ReadNode(entry->value, PathOf(key), out, parse);
  }

  // A list, each item by `parse`; replaces `out`.
  template <typename T, typename Parse>
  void ReadList(std::string_view key, std::vector<T>& out, const Parse& parse) {
    const std::vector<ConfigNode>* items = FindList(key);
    if (items == nullptr) return;
    out.clear();
    for (size_t i = 0; i < items->size(); ++i) {
      T item{};
      if (ReadNode((*items)[i], PathOf(key, i), item, parse)) out.push_back(std::move(item));
    }
  }

  // A list whose items are no plain values: `read` is std::optional<T>(const ConfigNode&, path) and
  // reports what is wrong itself. Replaces `out`.
  template <typename T, typename ReadItem>
  void ReadItems(std::string_view key, std::vector<T>& out, const ReadItem& read) {
    const std::vector<ConfigNode>* items = FindList(key);
    if (items == nullptr) return;
    out.clear();
    for (size_t i = 0; i < items->size(); ++i) {
      if (auto item = read((*items)[i], PathOf(key, i))) out.push_back(std::move(*item));
    }
  }

  // One value that stands at `path`; false, and an error, if it is not what `parse` takes.
  template <typename T, typename Parse>
  bool ReadNode(const ConfigNode& node, std::string path, T& out, const Parse& parse) {
    if (node.kind != ConfigNode::Kind::kText) {
      Error(node.line, std::move(path), "must be a single value");
      return false;
    }
    auto value = parse(node.text);
    if (!value) {
      Error(node.line, std::move(path), std::move(value.error().message));
      return false;
    }
    out = std::move(*value);
    return true;
  }

  // A mapping that is an item of a list.
  ConfigSection Below(const ConfigNode& node, std::string path) {
    return {node, std::move(path), errors_};
  }

  // The section under `key`, empty if it is missing.
  ConfigSection Sub(std::string_view key);

  void Error(int line, std::string key, std::string message) {
    errors_.Add(line, std::move(key), std::move(message));
  }
  // Reports the keys that nobody asked for, with the one that was probably meant.
  void Finish();

 private:
  // The list's items; null if it is missing, or an error.
  const std::vector<ConfigNode>* FindList(std::string_view key);
  std::string PathOf(std::string_view key, size_t index) const;

  const ConfigNode& node_;
  const std::vector<ConfigEntry>& entries_;  // of node_, or none
  const std::string path_;
  ConfigErrors& errors_;
  std::vector<std::string> known_;
};

// The one of `known` that differs from `word` by two edits at most, or "".
std::string ClosestWord(std::string_view word, const std::vector<std::string>& known);

}  // namespace longshore
