#include "proxy/http/range_header.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "cache/base/ascii.h"

namespace longshore {
namespace {

// Nothing unless all of `text` is digits, and there is one.
std::optional<uint64_t> ParseNumber(std::string_view text) {
  if (text.empty()) return std::nullopt;
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    value = value > (kMost - digit) / 10 ? kMost : value * 10 + digit;
  }
  return value;
}

// The list after "bytes=", or nothing for another unit (units are case-insensitive, §14.1).
std::optional<std::string_view> BytesList(std::string_view header) {
  constexpr std::string_view kUnit = "bytes=";
  header = Trim(header);
  if (!EqualsIgnoreCase(header.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  return header.substr(kUnit.size());
}

// One part of the list, §14.1.2: malformed is nothing, beyond the end is an empty range. `size` is
// not 0.
std::optional<ByteRange> ParsePart(std::string_view part, uint64_t size) {
  const size_t dash = part.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first_text = part.substr(0, dash);
  const std::string_view last_text = part.substr(dash + 1);

  if (first_text.empty()) {
    const auto suffix = ParseNumber(last_text);
    if (!suffix) return std::nullopt;
    return ByteRange{size - std::min(*suffix, size), size};
  }
  const auto first = ParseNumber(first_text);
  if (!first) return std::nullopt;
  uint64_t last = size - 1;
  if (!last_text.empty()) {
    const auto number = ParseNumber(last_text);
    if (!number || *number < *first) return std::nullopt;
    last = std::min(*number, last);
  }
  if (*first >= size) return ByteRange{size, size};
  return ByteRange{*first, last + 1};
}

constexpr size_t kMaxEmptyElements =
    16;  // of a list, which a recipient skips within reason: §5.6.1.2

}  // namespace

RangeRequest ParseRange(std::string_view header, uint64_t size) {
  const auto list = BytesList(header);
  if (!list || size == 0) return {};

  RangeRequest request;
  uint64_t total = 0;
  size_t parts = 0;
  size_t empty_elements = 0;
  for (size_t begin = 0; begin <= list->size();) {
    const size_t comma = std::min(list->find(',', begin), list->size());
    const std::string_view part = Trim(list->substr(begin, comma - begin));
    begin = comma + 1;
    if (part.empty()) {
      if (++empty_elements > kMaxEmptyElements) return {};
      continue;
    }
    const auto range = ParsePart(part, size);
    if (!range || ++parts > kMaxRanges) return {};
    if (range->empty()) continue;
    if (range->size() > size - total) return {};
    total += range->size();
    request.ranges.push_back(*range);
  }
  if (parts == 0) return {};
  request.kind = request.ranges.empty() ? RangeRequest::Kind::kUnsatisfiable
                                        : RangeRequest::Kind::kSatisfiable;
  return request;
}

bool IfRangeMatches(std::string_view if_range, std::string_view etag) {
  if_range = Trim(if_range);
  return if_range.size() >= 2 && if_range.front() == '"' && if_range.back() == '"' &&
         if_range == etag;
}

std::string ContentRange(ByteRange range, uint64_t size) {
  return "bytes " + std::to_string(range.begin) + "-" + std::to_string(range.end - 1) + "/" +
         std::to_string(size);
}

std::string UnsatisfiedRange(uint64_t size) {
  return "bytes */" + std::to_string(size);
}

std::string PartHead(std::string_view boundary, std::string_view content_type, ByteRange range,
                     uint64_t size, bool first) {
  std::string head = first ? "--" : "\r\n--";
  head.append(boundary).append("\r\nContent-Type: ").append(content_type);
  head.append("\r\nContent-Range: ").append(ContentRange(range, size)).append("\r\n\r\n");
  return head;
}

std::string PartEnd(std::string_view boundary) {
  return std::string("\r\n--").append(boundary).append("--\r\n");
}

std::string MultipartContentType(std::string_view boundary) {
  return std::string("multipart/byteranges; boundary=").append(boundary);
}

uint64_t MultipartLength(std::string_view boundary, std::string_view content_type,
                         const std::vector<ByteRange>& ranges, uint64_t size) {
  uint64_t length = PartEnd(boundary).size();
  bool first = true;
  for (const ByteRange& range : ranges) {
    length += PartHead(boundary, content_type, range, size, first).size() + range.size();
    first = false;
  }
  return length;
}

}  // namespace longshore
