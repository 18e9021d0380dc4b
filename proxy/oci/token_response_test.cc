#include "proxy/oci/token_response.h"

#include <doctest/doctest.h>

#include <string>

namespace longshore {
namespace {

using std::chrono::seconds;

TEST_CASE("a token comes as token or as access_token") {
  CHECK(ParseTokenResponse(R"({"token":"t"})")->token == "t");
  CHECK(ParseTokenResponse(R"({"access_token":"a"})")->token == "a");
  CHECK(ParseTokenResponse(R"({"access_token":"a","token":"t"})")->token == "t");
  CHECK(ParseTokenResponse(R"({"token":"","access_token":"a"})")->token == "a");
  CHECK(ParseTokenResponse(R"({"token":null,"access_token":"a"})")->token == "a");
}

TEST_CASE("a life that is missing or senseless is the default of 60 seconds, a long one is cut") {
  const auto life = [](std::string_view value) {
    return ParseTokenResponse(R"({"token":"t","expires_in":)" + std::string(value) + "}")
        ->expires_in;
  };
  CHECK(ParseTokenResponse(R"({"token":"t"})")->expires_in == seconds(60));
  CHECK(life("300") == seconds(300));
  CHECK(life("1") == seconds(1));
  CHECK(life("299.9") == seconds(299));
  for (const std::string value : {"0", "-5", "0.5", "null", "\"300\"", "{}", "true"}) {
    CAPTURE(value);
    CHECK(life(value) == seconds(60));
  }
  CHECK(life("1e300") == seconds(86400));
  CHECK(life("18446744073709551615") == seconds(86400));
}

TEST_CASE("issued_at is read where it is an instant") {
  CHECK(ParseTokenResponse(R"({"token":"t","issued_at":"2009-11-10T23:00:00Z"})")->issued_at ==
        1257894000000);
  CHECK_FALSE(ParseTokenResponse(R"({"token":"t","issued_at":"yesterday"})")->issued_at);
  CHECK_FALSE(ParseTokenResponse(R"({"token":"t","issued_at":5})")->issued_at);
  CHECK_FALSE(ParseTokenResponse(R"({"token":"t"})")->issued_at);
}

TEST_CASE("an answer that is of no use is a bad upstream, and its text is not repeated") {
  const std::string deep = R"({"token":"secret","x":)" + std::string(1000, '[');
  for (const std::string& body :
       {std::string(""), std::string("secret"), std::string("[\"secret\"]"), std::string("null"),
        std::string("{\"token\":\"secret\""), std::string(R"({"tok":"secret"})"),
        std::string(R"({"token":["secret"]})"), std::string(R"({"token":""})"),
        std::string(R"({"token":"secret\r\nX-Evil: 1"})"), std::string(R"({"token":"secret x"})"),
        std::string(R"({"token":"secret\u0000"})"), std::string(R"({"token":"secreté"})"), deep,
        R"({"token":")" + std::string(kMaxTokenResponseBytes, 's') + "\"}"}) {
    CAPTURE(body.substr(0, 40));
    const auto response = ParseTokenResponse(body);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == Code::kBadUpstream);
    CHECK(response.error().message.find("secret") == std::string::npos);
  }
}

}  // namespace
}  // namespace longshore
