#include "proxy/http/range_header.h"

#include "tests/fuzz/targets.h"

namespace longshore::fuzz {
namespace {

using Kind = RangeRequest::Kind;

std::string Written(const std::vector<ByteRange>& ranges) {
  std::string header = "bytes=";
  for (const ByteRange& range : ranges) {
    if (header.back() != '=') header += ',';
    header += std::to_string(range.begin) + '-' + std::to_string(range.end - 1);
  }
  return header;
}

void CheckMultipart(const std::vector<ByteRange>& ranges, uint64_t size) {
  uint64_t length = 0;
  for (const ByteRange& range : ranges) {
    length += PartHead("b", "a/b", range, size, length == 0).size() + range.size();
  }
  length += PartEnd("b").size();
  Require(MultipartLength("b", "a/b", ranges, size) == length,
          "the announced length is the body's");
}

}  // namespace

// Eight bytes of the object's size, then the header.
void Range(std::string_view input) {
  // A file's size is a signed number: below that, no sum of a length and its heads wraps.
  const uint64_t size = TakeNumber(input, 8) >> 1;
  const RangeRequest request = ParseRange(input, size);
  Require((request.kind == Kind::kSatisfiable) == !request.ranges.empty(),
          "ranges are there when they can be satisfied");
  if (request.kind == Kind::kUnsatisfiable) Require(size > 0, "an empty object has no 416");
  if (request.kind != Kind::kSatisfiable) return;
  Require(request.ranges.size() <= kMaxRanges, "ranges are few");
  uint64_t left = size;
  for (const ByteRange& range : request.ranges) {
    Require(range.begin < range.end && range.end <= size, "a range lies inside the object");
    Require(range.size() <= left, "all ranges together are no more than the object");
    left -= range.size();
  }
  const RangeRequest again = ParseRange(Written(request.ranges), size);
  Require(again.kind == Kind::kSatisfiable && again.ranges == request.ranges,
          "ranges written out again are read as the same");
  CheckMultipart(request.ranges, size);
}

}  // namespace longshore::fuzz
