#include "setup/marked_lines.h"

#include <algorithm>

namespace longshore::setup {
namespace {

// Calls `each` with every line, its end of line included.
template <typename Each>
void ForEachLine(std::string_view text, Each each) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    each(text.substr(0, end));
    text.remove_prefix(end);
  }
}

bool IsMarked(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return line.ends_with(kMark);
}

}  // namespace

std::string Marked(std::string_view line) {
  return std::string(line) + std::string(kMark) + "\n";
}

std::vector<bool> MarkedLines(std::string_view text) {
  std::vector<bool> marked;
  ForEachLine(text, [&](std::string_view line) { marked.push_back(IsMarked(line)); });
  return marked;
}

std::string WithoutMarkedLines(std::string_view text) {
  std::string kept;
  ForEachLine(text, [&](std::string_view line) {
    if (!IsMarked(line)) kept += line;
  });
  return kept;
}

std::string InsertLines(const std::string& text, size_t line, const std::string& lines) {
  size_t at = 0;
  for (size_t i = 0; i < line && at < text.size(); ++i) {
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  }
  const bool cut = at > 0 && text[at - 1] != '\n';
  return text.substr(0, at) + (cut ? "\n" : "") + lines + text.substr(at);
}

}  // namespace longshore::setup
