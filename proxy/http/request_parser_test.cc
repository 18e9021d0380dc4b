#include "proxy/http/request_parser.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace longshore {
namespace {

using Kind = RequestParser::Outcome::Kind;

struct Vector {
  std::string name;
  std::string head;
  int status;  // 0: accepted
};

const std::string kContainerd =
    "GET /v2/library/debian/manifests/12?ns=docker.io HTTP/1.1\r\n"
    "Host: 127.0.0.1:5000\r\n"
    "User-Agent: containerd/1.6.20\r\n"
    "Accept: application/vnd.docker.distribution.manifest.v2+json, */*\r\n"
    "Accept-Encoding: gzip\r\n\r\n";

std::string Get(const std::string& fields) {
  return "GET /v2/ HTTP/1.1\r\n" + fields + "\r\n";
}

std::vector<Vector> Vectors() {
  using namespace std::string_literals;  // NOLINT(google-build-using-namespace)
  return {
      {"containerd's request", kContainerd, 0},
      {"HTTP/1.0 without Host", "GET /v2/ HTTP/1.0\r\n\r\n", 0},
      {"Content-Length zero", Get("Host: a\r\nContent-Length: 0\r\n"), 0},
      {"chunked alone", Get("Host: a\r\nTransfer-Encoding: chunked\r\n"), 0},
      {"spaces around a value", Get("Host:   a  \r\n"), 0},
      {"two Content-Lengths that differ",
       Get("Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n"), 400},
      {"two Content-Lengths that agree",
       Get("Host: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n"), 400},
      {"a list of Content-Lengths", Get("Host: a\r\nContent-Length: 1, 1\r\n"), 400},
      {"Content-Length with Transfer-Encoding",
       Get("Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"Transfer-Encoding before Content-Length",
       Get("Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
      {"gzip, chunked", Get("Host: a\r\nTransfer-Encoding: gzip, chunked\r\n"), 501},
      {"chunked, gzip", Get("Host: a\r\nTransfer-Encoding: chunked, gzip\r\n"), 501},
      {"identity", Get("Host: a\r\nTransfer-Encoding: identity\r\n"), 501},
      {"chunked twice",
       Get("Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunked in HTTP/1.0", "GET /v2/ HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
      {"space before the colon", Get("Host : a\r\n"), 400},
      {"tab before the colon", Get("Host\t: a\r\n"), 400},
      {"bare LF after the request line", "GET /v2/ HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"bare LF between fields", Get("Host: a\nX: b\r\n"), 400},
      {"bare LF at the end", "GET /v2/ HTTP/1.1\r\nHost: a\n\n", 400},
      {"bare CR in a value", Get("Host: a\r\nX: b\rc\r\n"), 400},
      {"bare CR in the target", "GET /v2/\r HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"no Host", Get("X: y\r\n"), 400},
      {"two Hosts", Get("Host: a\r\nHost: b\r\n"), 400},
      {"two equal Hosts", Get("Host: a\r\nhost: a\r\n"), 400},
      {"two Hosts in one", Get("Host: a, b\r\n"), 400},
      {"a Host with a path", Get("Host: a/b\r\n"), 400},
      {"an empty field name", Get("Host: a\r\n: b\r\n"), 400},
      {"Content-Length: +3", Get("Host: a\r\nContent-Length: +3\r\n"), 400},
      {"Content-Length: -3", Get("Host: a\r\nContent-Length: -3\r\n"), 400},
      {"Content-Length: 0x3", Get("Host: a\r\nContent-Length: 0x3\r\n"), 400},
      {"Content-Length: 3 4", Get("Host: a\r\nContent-Length: 3 4\r\n"), 400},
      {"an empty Content-Length", Get("Host: a\r\nContent-Length:\r\n"), 400},
      {"a Content-Length beyond 64 bits",
       Get("Host: a\r\nContent-Length: 99999999999999999999\r\n"), 400},
      {"NUL in a value", Get("Host: a\r\nX: b\0c\r\n"s), 400},
      {"NUL in the target", "GET /v2/\0x HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
      {"a folded line", Get("Host: a\r\nX: b\r\n c\r\n"), 400},
      {"a folded line by tab", Get("Host: a\r\nX: b\r\n\tc\r\n"), 400},
      {"a fold before the first field", "GET /v2/ HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"two spaces in the request line", "GET  /v2/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"two spaces before the version", "GET /v2/  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a space in the target", "GET /v2/ x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"HTTP/2.0", "GET /v2/ HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"HTTP/1.2", "GET /v2/ HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"a method with a bad byte", "G(T /v2/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a field name with a space", Get("Host: a\r\nA B: c\r\n"), 400},
      {"a control byte in a value",
       Get("Host: a\r\nX: b\x01"
           "c\r\n"),
       400},
      {"an oversized target", "GET /" + std::string(70'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n",
       431},
      {"an oversized field", Get("Host: a\r\nX: " + std::string(70'000, 'a') + "\r\n"), 431},
      {"too many fields",
       [] {
         std::string fields = "Host: a\r\n";
         for (int i = 0; i < 200; ++i) fields += "X" + std::to_string(i) + ": y\r\n";
         return Get(fields);
       }(),
       431},
  };
}

void Check(const Vector& vector, const RequestParser::Outcome& outcome) {
  CAPTURE(vector.name);
  if (vector.status == 0) {
    CHECK(outcome.kind == Kind::kDone);
    CHECK(outcome.consumed == vector.head.size());
  } else {
    CHECK(outcome.kind == Kind::kBad);
    CHECK(outcome.status == vector.status);
    CHECK(!outcome.reason.empty());
  }
}

TEST_CASE("every ambiguous request is refused, and every plain one taken, in one piece") {
  for (const Vector& vector : Vectors()) {
    RequestParser parser;
    Request request;
    Check(vector, parser.Parse(vector.head, request));
  }
}

TEST_CASE("the same requests byte by byte end the same way") {
  for (const Vector& vector : Vectors()) {
    RequestParser parser;
    Request request;
    RequestParser::Outcome outcome;
    for (size_t size = 1; size <= vector.head.size(); ++size) {
      outcome = parser.Parse(std::string_view(vector.head).substr(0, size), request);
      if (outcome.kind != Kind::kNeedMore) break;
    }
    Check(vector, outcome);
  }
}

TEST_CASE("a bad byte is refused as soon as it is there, not at the end of the head") {
  RequestParser parser;
  Request request;
  const auto outcome = parser.Parse("GET /v2/ HTTP/1.1\nHost", request);
  CHECK(outcome.kind == Kind::kBad);
}

TEST_CASE("what is asked arrives as it was sent") {
  RequestParser parser;
  Request request;
  const std::string pipelined = kContainerd + "GET /next";
  const auto outcome = parser.Parse(pipelined, request);
  REQUIRE(outcome.kind == Kind::kDone);
  CHECK(outcome.consumed == kContainerd.size());
  CHECK(request.method == "GET");
  CHECK(request.target == "/v2/library/debian/manifests/12?ns=docker.io");
  CHECK(request.fields.Get("host") == "127.0.0.1:5000");
  CHECK(request.fields.Get("USER-AGENT") == "containerd/1.6.20");
  CHECK(request.fields.Get("Range") == std::nullopt);
  CHECK(request.keep_alive);
  CHECK(!request.has_body);
}

TEST_CASE("keep-alive follows version and Connection") {
  struct Row {
    std::string head;
    bool keep_alive;
  };
  const std::vector<Row> rows = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.head);
    RequestParser parser;
    Request request;
    REQUIRE(parser.Parse(row.head, request).kind == Kind::kDone);
    CHECK(request.keep_alive == row.keep_alive);
  }
}

TEST_CASE("a body is noticed") {
  for (const std::string fields : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
    CAPTURE(fields);
    RequestParser parser;
    Request request;
    REQUIRE(parser.Parse("PUT /v2/ HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n", request).kind ==
            Kind::kDone);
    CHECK(request.has_body);
  }
}

}  // namespace
}  // namespace longshore
