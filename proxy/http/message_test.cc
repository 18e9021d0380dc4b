#include "proxy/http/message.h"

#include <doctest/doctest.h>

#include <set>

namespace longshore {
namespace {

TEST_CASE("each status that is sent has its own phrase of RFC 9110") {
  std::set<std::string_view> phrases;
  const auto statuses = {200, 206, 303, 304, 400, 401, 403, 404, 405, 408, 409, 413,
                         414, 416, 429, 431, 500, 501, 502, 503, 504, 505, 507};
  for (const int status : statuses) phrases.insert(ReasonPhrase(status));
  CHECK(phrases.size() == statuses.size());
  CHECK_FALSE(phrases.contains("Unknown"));
  CHECK(ReasonPhrase(303) == "See Other");
  CHECK(ReasonPhrase(409) == "Conflict");
  CHECK(ReasonPhrase(416) == "Range Not Satisfiable");
  CHECK(ReasonPhrase(507) == "Insufficient Storage");
  CHECK(ReasonPhrase(599) == "Unknown");
}

}  // namespace
}  // namespace longshore
