#include "proxy/config/config_section.h"

#include <algorithm>
#include <numeric>

namespace longshore {
namespace {

const ConfigNode& Nothing() {
  static const ConfigNode nothing;
  return nothing;
}

// Levenshtein's distance.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

void ConfigErrors::Add(int line, std::string key, std::string message) {
  errors_.push_back({file_, line, std::move(key), std::move(message)});
}

std::vector<ConfigError> ConfigErrors::Take() {
  std::stable_sort(errors_.begin(), errors_.end(),
                   [](const ConfigError& a, const ConfigError& b) { return a.line < b.line; });
  return std::move(errors_);
}

ConfigSection::ConfigSection(const ConfigNode& node, std::string path, ConfigErrors& errors)
    : node_(node),
      entries_(node.kind == ConfigNode::Kind::kMap ? node.entries : Nothing().entries),
      path_(std::move(path)),
      errors_(errors) {
  if (node.kind != ConfigNode::Kind::kMap && node.kind != ConfigNode::Kind::kNothing) {
    Error(node.line, path_, "must be a mapping of keys to values");
  }
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    const auto first = std::find_if(
        entries_.begin(), entry, [&entry](const ConfigEntry& it) { return it.key == entry->key; });
    if (first != entry) {
      Error(entry->line, PathOf(entry->key),
            "given twice, first on line " + std::to_string(first->line));
    }
  }
}

const ConfigEntry* ConfigSection::Find(std::string_view key) {
  known_.emplace_back(key);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [key](const ConfigEntry& it) { return it.key == key; });
  return found == entries_.end() ? nullptr : &*found;
}

std::string ConfigSection::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

std::string ConfigSection::PathOf(std::string_view key, size_t index) const {
  return PathOf(key) + "[" + std::to_string(index) + "]";
}

const std::vector<ConfigNode>* ConfigSection::FindList(std::string_view key) {
  const ConfigEntry* entry = Find(key);
  if (entry == nullptr) return nullptr;
  if (entry->value.kind == ConfigNode::Kind::kList) return &entry->value.items;
  Error(entry->value.line, PathOf(key), "must be a list, like [a, b]");
  return nullptr;
}

ConfigSection ConfigSection::Sub(std::string_view key) {
  const ConfigEntry* entry = Find(key);
  return {entry == nullptr ? Nothing() : entry->value, PathOf(key), errors_};
}

void ConfigSection::Finish() {
  for (const ConfigEntry& entry : entries_) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    const std::string meant = ClosestWord(entry.key, known_);
    Error(entry.line, PathOf(entry.key),
          meant.empty() ? "unknown key" : "unknown key: did you mean " + meant + "?");
  }
}

std::string ClosestWord(std::string_view word, const std::vector<std::string>& known) {
  constexpr size_t kMostEdits = 2;
  std::string best;
  size_t least = kMostEdits + 1;
  for (const std::string& candidate : known) {
    const size_t edits = Distance(word, candidate);
    // Of a short word too little would be left.
    if (edits < least && edits < candidate.size() / 2) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}

}  // namespace longshore
