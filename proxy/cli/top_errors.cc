#include "proxy/cli/top_errors.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace longshore::cli {
namespace {

using Json = nlohmann::json;

bool IsText(const Json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string();
}

}  // namespace

TopErrors CountErrors(std::istream& in, size_t most) {
  TopErrors result;
  std::map<std::string, uint64_t> counts;
  for (std::string text; std::getline(in, text);) {
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    const Json line = Json::parse(text, nullptr, false);
    if (!line.is_object()) {
      ++result.broken;
      continue;
    }
    ++result.lines;
    if (!IsText(line, "level") || !IsText(line, "topic") || line["level"] != "error") continue;
    ++counts[line["topic"].get<std::string>()];
  }
  for (const auto& [topic, count] : counts) result.topics.push_back({topic, count});
  std::stable_sort(result.topics.begin(), result.topics.end(),
                   [](const TopicCount& a, const TopicCount& b) { return a.count > b.count; });
  if (result.topics.size() > most) result.topics.resize(most);
  return result;
}

}  // namespace longshore::cli
