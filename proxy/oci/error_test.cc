#include "proxy/oci/error.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace longshore {
namespace {

constexpr Asked kEverything[] = {Asked::kManifest, Asked::kBlob, Asked::kTags, Asked::kReferrers,
                                 Asked::kOther};

TEST_CASE("the table has every code once, in the order of the enum") {
  int expected = 0;
  for (const ErrorRow& row : ErrorTable()) CHECK(static_cast<int>(row.code) == expected++);
  CHECK(expected == static_cast<int>(Code::kInternal) + 1);
}

TEST_CASE("every line of the table gives an error status, a known code and a body that parses") {
  for (const ErrorRow& row : ErrorTable()) {
    for (const Asked asked : kEverything) {
      CAPTURE(ToString(row.code));
      const ApiError error = ToApiError({row.code, "why"}, asked);
      CHECK(error.status >= 400);
      CHECK(error.status <= 504);
      CHECK(error.message == "why");
      const auto body = nlohmann::json::parse(ErrorBody(error));
      CHECK(body["errors"].size() == 1);
      CHECK(body["errors"][0]["code"] == ToString(error.code));
      CHECK(body["errors"][0]["message"] == "why");
      CHECK_FALSE(body["errors"][0].contains("detail"));
    }
  }
}

TEST_CASE(
    "no failure is a 429, which containerd repeats at once, nor a 401, which asks for "
    "credentials") {
  for (const ErrorRow& row : ErrorTable()) {
    CHECK(row.status != 429);
    CHECK(row.status != 401);
  }
}

TEST_CASE("a 503 says when to come back, and nothing else does") {
  for (const ErrorRow& row : ErrorTable()) {
    CAPTURE(ToString(row.code));
    CHECK((row.status == 503) == row.retry_after.has_value());
  }
}

TEST_CASE(
    "who failed may ask for more patience than the table, never for less, and only with a 503") {
  const auto retry_after = [](Code code, int seconds) {
    return ToApiError({code, "", seconds}, Asked::kBlob).retry_after;
  };
  CHECK(retry_after(Code::kUnavailable, 0) == 1);
  CHECK(retry_after(Code::kUnavailable, 30) == 30);
  CHECK(retry_after(Code::kRateLimited, 3) == 10);
  CHECK(retry_after(Code::kTimeout, 60) == 60);
  CHECK(!retry_after(Code::kNotFound, 60));
  CHECK(!retry_after(Code::kBadUpstream, 60));
}

TEST_CASE("each failure has the status that the design gives it") {
  const auto status = [](Code code) { return ToApiError({code, ""}, Asked::kBlob).status; };
  CHECK(status(Code::kInvalid) == 400);
  CHECK(status(Code::kNotFound) == 404);
  CHECK(status(Code::kDenied) == 403);
  CHECK(status(Code::kUnsupported) == 405);
  CHECK(status(Code::kRateLimited) == 503);
  CHECK(status(Code::kUnavailable) == 503);
  CHECK(status(Code::kTimeout) == 503);
  CHECK(status(Code::kBadUpstream) == 502);
  CHECK(status(Code::kCorrupt) == 502);
  CHECK(status(Code::kIo) == 500);
  CHECK(status(Code::kInternal) == 500);
}

TEST_CASE("what was asked decides which thing is unknown") {
  const auto code = [](Asked asked) { return ToApiError({Code::kNotFound, ""}, asked).code; };
  CHECK(code(Asked::kManifest) == OciCode::kManifestUnknown);
  CHECK(code(Asked::kBlob) == OciCode::kBlobUnknown);
  CHECK(code(Asked::kTags) == OciCode::kNameUnknown);
  CHECK(code(Asked::kReferrers) == OciCode::kNameUnknown);
  CHECK(code(Asked::kOther) == OciCode::kNameUnknown);
}

TEST_CASE("every OCI code has its own name") {
  std::set<std::string_view> seen;
  for (int i = 0; i <= static_cast<int>(OciCode::kUnavailable); ++i) {
    seen.insert(ToString(static_cast<OciCode>(i)));
  }
  CHECK(seen.size() == static_cast<size_t>(OciCode::kUnavailable) + 1);
}

TEST_CASE("the body is the spec's, and survives quotes and broken UTF-8 in a message") {
  CHECK(
      ErrorBody(OciCode::kNameUnknown, "no such upstream", "x.example") ==
      R"({"errors":[{"code":"NAME_UNKNOWN","message":"no such upstream","detail":"x.example"}]})");
  const auto body = nlohmann::json::parse(ErrorBody(OciCode::kNameInvalid, "a\"\\\n\xFF"));
  CHECK(body["errors"][0]["message"] == "a\"\\\n\xEF\xBF\xBD");
}

}  // namespace
}  // namespace longshore
