#include "proxy/upstream/retry_after.h"

#include <doctest/doctest.h>

#include <string>

namespace longshore {
namespace {

using std::chrono::seconds;

constexpr int64_t kNow = 784'111'777'000;  // Sun, 06 Nov 1994 08:49:37 GMT, RFC 9110's own example

TransferHead Head(int status, const std::string& retry_after) {
  TransferHead head;
  head.status = status;
  if (!retry_after.empty()) head.fields.Add("Retry-After", retry_after);
  return head;
}

TEST_CASE("a 429 always asks for patience, a 503 when it says so, nothing else does") {
  CHECK(PatienceAsked(Head(429, "60"), kNow) == seconds(60));
  CHECK(PatienceAsked(Head(429, ""), kNow) == kDefaultPatience);
  CHECK(PatienceAsked(Head(429, "0"), kNow) == kDefaultPatience);
  CHECK(PatienceAsked(Head(429, "soon"), kNow) == kDefaultPatience);
  CHECK(PatienceAsked(Head(503, "60"), kNow) == seconds(60));
  CHECK(!PatienceAsked(Head(503, ""), kNow));
  CHECK(!PatienceAsked(Head(503, "0"), kNow));
  CHECK(!PatienceAsked(Head(500, "60"), kNow));
  CHECK(!PatienceAsked(Head(200, "60"), kNow));
}

TEST_CASE("a number of seconds") {
  CHECK(ParseRetryAfter("0", kNow) == Duration{0});
  CHECK(ParseRetryAfter("1", kNow) == seconds(1));
  CHECK(ParseRetryAfter("120", kNow) == seconds(120));
}

TEST_CASE("a date in each of the three forms of HTTP") {
  CHECK(ParseRetryAfter("Sun, 06 Nov 1994 08:50:37 GMT", kNow) == seconds(60));
  CHECK(ParseRetryAfter("Sunday, 06-Nov-94 08:50:37 GMT", kNow) == seconds(60));
  CHECK(ParseRetryAfter("Sun Nov  6 08:50:37 1994", kNow) == seconds(60));
}

TEST_CASE("a date that has passed is now") {
  CHECK(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", kNow) == Duration{0});
  CHECK(ParseRetryAfter("Thu, 01 Jan 1970 00:00:00 GMT", kNow) == Duration{0});
}

TEST_CASE("nobody makes us wait for longer than the bound") {
  CHECK(ParseRetryAfter("86400", kNow) == kMostPatience);
  CHECK(ParseRetryAfter("99999999999999999999999999", kNow) == kMostPatience);
  CHECK(ParseRetryAfter("Sat, 06 Nov 2094 08:49:37 GMT", kNow) == kMostPatience);
}

TEST_CASE("what is neither says nothing") {
  for (const std::string text :
       {"", "-1", "1.5", "+5", " 5", "5s", "0x10", "soon", "Sunday", "1994-11-06T08:49:37Z"}) {
    CAPTURE(text);
    CHECK(!ParseRetryAfter(text, kNow));
  }
}

}  // namespace
}  // namespace longshore
