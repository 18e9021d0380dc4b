#include "proxy/http/range_header.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace longshore {
namespace {

using Kind = RangeRequest::Kind;
using Ranges = std::vector<ByteRange>;

TEST_CASE("a range of an object of 100 bytes") {
  struct Row {
    std::string header;
    Kind kind;
    Ranges ranges;
  };
  const Row rows[] = {
      // One range.
      {"bytes=0-0", Kind::kSatisfiable, {{0, 1}}},
      {"bytes=0-1", Kind::kSatisfiable, {{0, 2}}},
      {"bytes=10-19", Kind::kSatisfiable, {{10, 20}}},
      {"bytes=0-", Kind::kSatisfiable, {{0, 100}}},
      {"bytes=99-", Kind::kSatisfiable, {{99, 100}}},
      {"bytes=50-1000", Kind::kSatisfiable, {{50, 100}}},
      {"bytes=-10", Kind::kSatisfiable, {{90, 100}}},
      {"bytes=-100", Kind::kSatisfiable, {{0, 100}}},
      {"bytes=-101", Kind::kSatisfiable, {{0, 100}}},
      {"bytes=000-0001", Kind::kSatisfiable, {{0, 2}}},
      {"BYTES=1-2", Kind::kSatisfiable, {{1, 3}}},
      {"  bytes=1-2\t", Kind::kSatisfiable, {{1, 3}}},
      {"bytes= 1-2 ", Kind::kSatisfiable, {{1, 3}}},
      // Numbers that no 64 bits hold.
      {"bytes=5-18446744073709551615", Kind::kSatisfiable, {{5, 100}}},
      {"bytes=5-18446744073709551616", Kind::kSatisfiable, {{5, 100}}},
      {"bytes=5-99999999999999999999999999999", Kind::kSatisfiable, {{5, 100}}},
      {"bytes=-99999999999999999999999999999", Kind::kSatisfiable, {{0, 100}}},
      {"bytes=99999999999999999999999999999-", Kind::kUnsatisfiable, {}},
      {"bytes=99999999999999999999-99999999999999999999", Kind::kUnsatisfiable, {}},
      // Several ranges, in the order asked.
      {"bytes=0-9,20-29", Kind::kSatisfiable, {{0, 10}, {20, 30}}},
      {"bytes=20-29 ,\t0-9", Kind::kSatisfiable, {{20, 30}, {0, 10}}},
      {"bytes=0-9,5-14", Kind::kSatisfiable, {{0, 10}, {5, 15}}},
      {"bytes=0-49,50-", Kind::kSatisfiable, {{0, 50}, {50, 100}}},
      {"bytes=0-0,-1", Kind::kSatisfiable, {{0, 1}, {99, 100}}},
      {"bytes=,0-1,,2-3,", Kind::kSatisfiable, {{0, 2}, {2, 4}}},
      {"bytes=0-1,200-300,2-3", Kind::kSatisfiable, {{0, 2}, {2, 4}}},
      // Beyond the end.
      {"bytes=100-", Kind::kUnsatisfiable, {}},
      {"bytes=100-200", Kind::kUnsatisfiable, {}},
      {"bytes=-0", Kind::kUnsatisfiable, {}},
      {"bytes=100-,200-", Kind::kUnsatisfiable, {}},
      // Ignored.
      {"", Kind::kNone, {}},
      {"bytes", Kind::kNone, {}},
      {"bytes=", Kind::kNone, {}},
      {"bytes=,", Kind::kNone, {}},
      {"bytes=-", Kind::kNone, {}},
      {"bytes=1", Kind::kNone, {}},
      {"bytes=9-5", Kind::kNone, {}},
      {"bytes=0-9,9-5", Kind::kNone, {}},
      {"bytes=a-b", Kind::kNone, {}},
      {"bytes=0-9;", Kind::kNone, {}},
      {"bytes=+0-9", Kind::kNone, {}},
      {"bytes=0x0-9", Kind::kNone, {}},
      {"bytes=--5", Kind::kNone, {}},
      {"bytes=0--5", Kind::kNone, {}},
      {"bytes=0-5-9", Kind::kNone, {}},
      {"bytes=0 - 5", Kind::kNone, {}},
      {"bytes =0-5", Kind::kNone, {}},
      {"bytes:0-5", Kind::kNone, {}},
      {"items=0-5", Kind::kNone, {}},
      {"bytes=0-,0-", Kind::kNone, {}},
      {"bytes=0-99,0-0", Kind::kNone, {}},
      {"bytes=,,,,,,,,,,,,,,,,,,,,,,,,0-1", Kind::kNone, {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.header);
    const RangeRequest request = ParseRange(row.header, 100);
    CHECK(request.kind == row.kind);
    CHECK(request.ranges == row.ranges);
  }
}

TEST_CASE("any range of an empty object is ignored") {
  for (const std::string header : {"bytes=0-", "bytes=-5", "bytes=0-0", "bytes=5-"}) {
    CHECK(ParseRange(header, 0).kind == Kind::kNone);
  }
}

TEST_CASE("an object of the largest size has a last byte") {
  CHECK(ParseRange("bytes=-1", UINT64_MAX).ranges == Ranges{{UINT64_MAX - 1, UINT64_MAX}});
  CHECK(ParseRange("bytes=0-", UINT64_MAX).ranges == Ranges{{0, UINT64_MAX}});
}

TEST_CASE("1024 parts are served, one more is ignored") {
  std::string header = "bytes=0-0";
  for (size_t i = 1; i < kMaxRanges; ++i) {
    header += "," + std::to_string(2 * i) + "-" + std::to_string(2 * i);
  }
  CHECK(ParseRange(header, 1 << 20).ranges.size() == kMaxRanges);
  CHECK(ParseRange(header + ",5000-5000", 1 << 20).kind == Kind::kNone);
}

TEST_CASE("whatever is asked, parts lie inside the object and add up to no more than it") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr std::string_view kAlphabet = "0123456789--,, ";
  for (int round = 0; round < 50000; ++round) {
    std::string header = "bytes=";
    for (auto left = random() % 20; left > 0; --left) {
      header += kAlphabet[random() % kAlphabet.size()];
    }
    const uint64_t size = random() % 200;
    CAPTURE(header);
    CAPTURE(size);
    const RangeRequest request = ParseRange(header, size);
    REQUIRE((request.kind == Kind::kSatisfiable) == !request.ranges.empty());
    uint64_t total = 0;
    for (const ByteRange& range : request.ranges) {
      REQUIRE_FALSE(range.empty());
      REQUIRE(range.end <= size);
      total += range.size();
    }
    REQUIRE(total <= size);
  }
}

TEST_CASE("a range that is written out is read back") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    const uint64_t size = 1 + random() % 1000;
    const uint64_t begin = random() % size;
    const ByteRange range{begin, begin + 1 + random() % (size - begin)};
    const std::string header =
        "bytes=" + std::to_string(range.begin) + "-" + std::to_string(range.end - 1);
    REQUIRE(ParseRange(header, size).ranges == Ranges{range});
  }
}

TEST_CASE("If-Range matches the very same strong ETag only") {
  const std::string etag = "\"sha256:abc\"";
  CHECK(IfRangeMatches(etag, etag));
  CHECK(IfRangeMatches(" \"sha256:abc\" ", etag));
  for (const std::string other :
       {"", "sha256:abc", "\"sha256:abd\"", "W/\"sha256:abc\"", "\"sha256:ABC\"", "\"",
        "Wed, 21 Oct 2015 07:28:00 GMT", "*", "\"sha256:abc\", \"sha256:abc\""}) {
    CAPTURE(other);
    CHECK_FALSE(IfRangeMatches(other, etag));
  }
  CHECK_FALSE(IfRangeMatches("W/\"a\"", "W/\"a\""));
  CHECK_FALSE(IfRangeMatches("", ""));
}

TEST_CASE("Content-Range counts from 0 and includes the last byte") {
  CHECK(ContentRange({0, 10}, 100) == "bytes 0-9/100");
  CHECK(ContentRange({99, 100}, 100) == "bytes 99-99/100");
  CHECK(UnsatisfiedRange(100) == "bytes */100");
}

TEST_CASE("a multipart body is as long as it says") {
  const Ranges ranges = {{0, 2}, {5, 8}};
  const std::string data = "0123456789";
  std::string body;
  for (const ByteRange& range : ranges) {
    body += PartHead("xyz", "application/octet-stream", range, data.size(), body.empty());
    body += data.substr(range.begin, range.size());
  }
  body += PartEnd("xyz");
  CHECK(body ==
        "--xyz\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes 0-1/10\r\n\r\n01"
        "\r\n--xyz\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes "
        "5-7/10\r\n\r\n567"
        "\r\n--xyz--\r\n");
  CHECK(MultipartLength("xyz", "application/octet-stream", ranges, data.size()) == body.size());
  CHECK(MultipartContentType("xyz") == "multipart/byteranges; boundary=xyz");
}

}  // namespace
}  // namespace longshore
