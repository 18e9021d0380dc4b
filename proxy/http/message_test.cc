#include "proxy/http/message.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

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

std::string HeadOf(const Response& response, uint64_t length, bool is_last) {
  std::string head = "before|";
  AppendHead(head, response, length, "Thu, 01 Jan 1970 00:00:00 GMT", is_last);
  return head;
}

TEST_CASE("a head has the status, the fields as they were added, the length and the date") {
  Response response;
  CHECK(HeadOf(response, 0, false) ==
        "before|HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
        "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n");
  response.status = 404;
  response.fields.Add("B", "2");
  response.fields.Add("A", "");
  CHECK(HeadOf(response, 18'446'744'073'709'551'615u, true) ==
        "before|HTTP/1.1 404 Not Found\r\nB: 2\r\nA: \r\nContent-Length: 18446744073709551615\r\n"
        "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nConnection: close\r\n\r\n");
}

TEST_CASE("a field that would end its line is left out, and nothing else is") {
  for (const char bad : {'\r', '\n', '\0'}) {
    Response response;
    response.fields.Add("First", "1");
    response.fields.Add("Name", std::string("a long name that hides ") + bad + "Injected: yes");
    response.fields.Add("Tab", "a\tb \x7f\xff");
    CHECK(HeadOf(response, 7, false) ==
          "before|HTTP/1.1 200 OK\r\nFirst: 1\r\nTab: a\tb \x7f\xff\r\nContent-Length: 7\r\n"
          "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n");
  }
}

}  // namespace
}  // namespace longshore
