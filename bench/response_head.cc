#include "bench/response_head.h"

#include <strings.h>

#include <charconv>

namespace longshore::bench {
namespace {

// The value of a header, or an empty view.
std::string_view Header(std::string_view head, std::string_view name) {
  for (size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (::strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    const size_t value = line.find_first_not_of(' ', name.size() + 1);
    return value == std::string_view::npos ? std::string_view() : line.substr(value);
  }
  return {};
}

template <typename Number>
bool Parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<ResponseHead> ParseResponseHead(std::string_view head) {
  ResponseHead parsed;
  const bool understood = head.starts_with("HTTP/1.1 ") &&
                          Parse(head.substr(9, 3), parsed.status) &&
                          Parse(Header(head, "content-length"), parsed.content_length);
  if (!understood) return std::nullopt;
  return parsed;
}

}  // namespace longshore::bench
