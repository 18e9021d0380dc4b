#include "proxy/pull/wanted_bytes.h"

#include <algorithm>

#include "proxy/pull/blob_body.h"
#include "proxy/pull/pull_request.h"

namespace longshore {

WantedBytes WantedOf(const Request& request, std::string_view digest, uint64_t size) {
  const auto range = request.fields.Get("Range");
  if (!range || request.method != "GET") return {};
  const auto condition = request.fields.Get("If-Range");
  if (condition && !IfRangeMatches(*condition, ETagOf(digest))) return {};
  WantedBytes wanted{ParseRange(*range, size), range->ends_with('-')};
  wanted.is_open_ended = wanted.is_open_ended && wanted.range.ranges.size() == 1;
  return wanted;
}

FetchDemand DemandOf(const WantedBytes& wanted, uint64_t size) {
  const ByteRange all{0, size};
  if (!wanted.IsPart()) return {all, true, {all}};
  ByteRange first = wanted.range.ranges.front();
  if (wanted.is_open_ended) first.end = std::min(first.end, first.begin + BlobBody::kFirstWindow);
  return {first, first == all, wanted.range.ranges};
}

}  // namespace longshore
