#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace longshore::cli {

struct TopicCount {
  std::string topic;
  uint64_t count = 0;
  bool operator==(const TopicCount&) const = default;
};

struct TopErrors {
  std::vector<TopicCount> topics;  // most errors first, then by name
  uint64_t lines = 0;              // that are JSON objects
  uint64_t broken = 0;             // that are not, empty ones aside
};

// Counts the lines of level error by topic; keeps the `most` largest. Reads to the end, a line at a
// time. Blocks.
TopErrors CountErrors(std::istream& in, size_t most);

}  // namespace longshore::cli
