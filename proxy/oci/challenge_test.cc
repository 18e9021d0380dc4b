#include "proxy/oci/challenge.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace longshore {
namespace {

using Params = std::map<std::string, std::string>;

std::vector<Challenge> Parse(const std::vector<std::string>& headers) {
  return ParseChallenges(headers);
}

TEST_CASE("Docker Hub's challenge gives realm, service and scope") {
  const auto challenges =
      Parse({R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",)"
             R"(scope="repository:library/debian:pull")"});
  const auto bearer = FindBearer(challenges);
  REQUIRE(bearer);
  CHECK(bearer->realm == "https://auth.docker.io/token");
  CHECK(bearer->service == "registry.docker.io");
  CHECK(bearer->scope == "repository:library/debian:pull");
  CHECK(bearer->error.empty());
  CHECK_FALSE(HasBasic(challenges));
}

TEST_CASE("commas and spaces inside quotes part nothing") {
  const auto bearer = FindBearer(Parse(
      {R"(Bearer realm="https://x/t?a=1,b=2", scope="repository:a:pull,push repository:b:pull", )"
       R"(error="insufficient_scope")"}));
  REQUIRE(bearer);
  CHECK(bearer->realm == "https://x/t?a=1,b=2");
  CHECK(bearer->scope == "repository:a:pull,push repository:b:pull");
  CHECK(bearer->error == "insufficient_scope");
}

TEST_CASE("several challenges come in one header or in several") {
  const std::vector<std::vector<std::string>> forms = {
      {R"(Basic realm="r", Bearer realm="https://x/t", service="s")"},
      {R"(Basic realm="r")", R"(Bearer realm="https://x/t", service="s")"},
      {R"(,, Basic realm="r",,Bearer realm="https://x/t" ,service="s",)"},
      {R"(Negotiate, Basic realm="r", NTLM, Bearer realm="https://x/t", service="s")"},
      {R"(Negotiate YWJj==, Basic realm="r")", R"(BEARER REALM="https://x/t", Service=s)"},
  };
  for (const auto& headers : forms) {
    CAPTURE(headers.front());
    const auto challenges = Parse(headers);
    CHECK(HasBasic(challenges));
    const auto bearer = FindBearer(challenges);
    REQUIRE(bearer);
    CHECK(bearer->realm == "https://x/t");
    CHECK(bearer->service == "s");
  }
}

TEST_CASE("each form of a challenge is taken apart") {
  struct Row {
    std::string header;
    std::string scheme;
    std::string token68;
    Params params;
  };
  const Row rows[] = {
      {"Basic", "basic", "", {}},
      {"Negotiate oWFi/+-._~==", "negotiate", "oWFi/+-._~==", {}},
      {"Digest a=b", "digest", "", {{"a", "b"}}},
      {"Digest a = b , c\t=\t\"d\"", "digest", "", {{"a", "b"}, {"c", "d"}}},
      {R"(X a="q\"u\\o\te")", "x", "", {{"a", R"(q"u\ote)"}}},
      {R"(X a="")", "x", "", {{"a", ""}}},
      {R"(X a="1", A="2")", "x", "", {{"a", "1"}}},
      {R"(X a="1" b="2")", "x", "", {{"a", "1"}, {"b", "2"}}},
      {R"(X a="never closed, b=c)", "x", "", {{"a", "never closed, b=c"}}},
      {R"(X a="ends in a backslash\)", "x", "", {{"a", "ends in a backslash\\"}}},
      {"Bearer realm=https://x/t?y=z", "bearer", "", {{"realm", "https://x/t?y=z"}}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.header);
    const auto challenges = Parse({row.header});
    REQUIRE(challenges.size() == 1);
    CHECK(challenges[0].scheme == row.scheme);
    CHECK(challenges[0].token68 == row.token68);
    CHECK(challenges[0].params == row.params);
  }
}

TEST_CASE("what cannot be understood does not hide the challenge behind it") {
  for (const std::string junk :
       {"@@@", "=", "\"a, Bearer realm=\\\"x\\\"\"", "a=b", "x=\"y\"", "<>;"}) {
    CAPTURE(junk);
    const auto bearer = FindBearer(Parse({std::string(junk) + R"(, Bearer realm="https://x/t")"}));
    REQUIRE(bearer);
    CHECK(bearer->realm == "https://x/t");
  }
}

TEST_CASE("a Bearer challenge without a realm is of no use") {
  CHECK_FALSE(FindBearer(Parse({R"(Bearer service="s")", "Basic"})));
  CHECK_FALSE(FindBearer(Parse({})));
  CHECK(FindBearer(Parse({R"(Bearer service="s")", R"(Bearer realm="r")"}))->realm == "r");
}

TEST_CASE("the number of challenges is bounded") {
  std::string header;
  for (int i = 0; i < 1000; ++i) header += "Basic, ";
  CHECK(Parse({header, header}).size() == kMaxChallenges);
}

TEST_CASE("any bytes at all are parsed to an end") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr std::string_view kAlphabet = "aB=\",\\ \t/;\x7F";
  for (int round = 0; round < 20000; ++round) {
    std::string header(random() % 24, ' ');
    for (char& c : header) c = kAlphabet[random() % kAlphabet.size()];
    for (const Challenge& challenge : Parse({header})) REQUIRE_FALSE(challenge.scheme.empty());
  }
}

}  // namespace
}  // namespace longshore
