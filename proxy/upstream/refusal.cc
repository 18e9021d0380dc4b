#include "proxy/upstream/refusal.h"

#include <utility>

namespace longshore {
namespace {

std::string_view ReasonOf(int status) {
  if (status == 401 || status == 403) return "auth";
  if (status == 429) return "status_429";
  if (status >= 500) return "status_5xx";
  return "status_4xx";
}

Code CodeOf(int status) {
  switch (status) {
    case 401:
    case 403:
      return Code::kDenied;
    case 404:
      return Code::kNotFound;
    case 429:
      return Code::kRateLimited;
    case 504:
      return Code::kTimeout;
    default:
      return status >= 500 ? Code::kUnavailable : Code::kBadUpstream;
  }
}

}  // namespace

TransferEnd RefusalEnd(int status, const std::string& body) {
  std::string message = "it answered " + std::to_string(status);
  if (!body.empty()) message += ": " + body;
  return {Fail(CodeOf(status), std::move(message)), ReasonOf(status)};
}

}  // namespace longshore
