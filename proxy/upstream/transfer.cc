#include "proxy/upstream/transfer.h"

#include <algorithm>

#include "cache/base/ascii.h"

namespace longshore {
namespace {

// A coding's name as it compares (RFC 9110 §8.4.1), without the spaces around it.
std::string Name(std::string_view coding) {
  std::string name;
  for (const char c : coding) {
    if (c == ' ' || c == '\t') continue;
    name += LowerCase(c);
  }
  return name;
}

}  // namespace

std::string ContentCodingOf(const TransferHead& head) {
  std::string all;
  for (const std::string& value : head.fields.All("Content-Encoding")) {
    for (std::string_view left = value; !left.empty();) {
      const size_t end = std::min(left.find(','), left.size());
      const std::string name = Name(left.substr(0, end));
      left.remove_prefix(std::min(end + 1, left.size()));
      if (name.empty() || name == "identity") continue;
      if (!all.empty()) all += ", ";
      all += name;
    }
  }
  return all;
}

bool IsEncoded(const TransferHead& head) {
  return !ContentCodingOf(head).empty();
}

}  // namespace longshore
