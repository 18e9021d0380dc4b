#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cache/base/byte_range.h"

namespace longshore {

// Range requests: RFC 9110 §14. Pure functions, any thread.

inline constexpr size_t kMaxRanges = 1024;  // c/image asks for that many chunks at once, never more

struct RangeRequest {
  enum class Kind {
    kNone,           // no range, or one that is ignored: answer 200 with everything
    kSatisfiable,    // 206: `ranges`, in the order asked, each inside the object and not empty
    kUnsatisfiable,  // 416 with Content-Range: UnsatisfiedRange(size)
  };
  Kind kind = Kind::kNone;
  std::vector<ByteRange> ranges;
};

// `header` is the value of Range, or empty; `size` is the object's, in bytes.
// Ignored, as §14.2 allows or demands: another unit, any malformed part, more than kMaxRanges
// parts, parts that add up to more than the object (overlapping, §17.15), and any range of an empty
// object (206 cannot express it). Numbers too large for 64 bits saturate. Parts beyond the end are
// dropped; when none is left: kUnsatisfiable.
RangeRequest ParseRange(std::string_view header, uint64_t size);

// Whether Range is to be honoured: `if_range` (the header's value, not empty) is this very ETag by
// strong comparison (§13.1.5, §8.8.3.2). A date never matches: we send no Last-Modified. `etag` has
// its quotes.
bool IfRangeMatches(std::string_view if_range, std::string_view etag);

std::string ContentRange(ByteRange range, uint64_t size);  // "bytes 0-9/100"; `range` is not empty
std::string UnsatisfiedRange(uint64_t size);               // "bytes */100"

// The body of a 206 with several ranges, §14.6: PartHead, the bytes, PartHead, the bytes, …
// PartEnd. `boundary`: 1 to 70 letters, digits, "-" or "_" (so that it needs no quotes), and not
// within the bytes.
std::string PartHead(std::string_view boundary, std::string_view content_type, ByteRange range,
                     uint64_t size, bool first);
std::string PartEnd(std::string_view boundary);
std::string MultipartContentType(std::string_view boundary);
// Content-Length of all that.
uint64_t MultipartLength(std::string_view boundary, std::string_view content_type,
                         const std::vector<ByteRange>& ranges, uint64_t size);

}  // namespace longshore
