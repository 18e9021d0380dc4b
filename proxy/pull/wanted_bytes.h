#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/fetch/fetch_audience.h"
#include "proxy/http/message.h"
#include "proxy/http/range_header.h"

namespace longshore {

// What of a blob one request wants, before and while it is fetched. Pure functions, any thread.
struct WantedBytes {
  RangeRequest range;
  bool is_open_ended = false;  // "bytes=N-", by itself: such readers often leave early

  bool IsPart() const { return range.kind == RangeRequest::Kind::kSatisfiable; }
  bool IsBeyondTheEnd() const { return range.kind == RangeRequest::Kind::kUnsatisfiable; }
};

// Range counts in a GET alone (RFC 9110 §14.2), and if If-Range is the ETag of this very
// `digest`; `size` is the blob's, in bytes.
WantedBytes WantedOf(const Request& request, std::string_view digest, uint64_t size);

// What its fetch is to begin with; from then on the reader says what it wants by waiting for it.
// `wanted` is not beyond the end.
FetchDemand DemandOf(const WantedBytes& wanted, uint64_t size);

}  // namespace longshore
