#include "proxy/upstream/endpoints.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/registry_bed.h"

namespace longshore {
namespace {

std::vector<Credentials> AllWith(const std::string& password) {
  return {{"hub", "https://a.example", "robot", password, "", {}},
          {"hub", "https://b.example", "robot", password, "", {}}};
}

struct Bed : RegistryBed {
  explicit Bed(EndpointPolicy policy = {}) : RegistryBed(AllWith("old"), policy) {}
  void SetPassword(const std::string& password) { endpoints.Apply(AllWith(password), {}); }
  // As the call's first answer, or the next one.
  void AskForToken() {
    transfers.Answer(401, {{"WWW-Authenticate", "Bearer realm=\"https://a.example/t\""}});
  }
};

TEST_CASE("another password is used at every URL, and no token of the old one is") {
  Bed f;
  f.Start();
  f.AskForToken();
  CHECK(f.transfers.last().request.password == "old");
  f.AnswerToken(R"({"token":"t1"})");
  f.transfers.Answer(200, {}, "x");
  f.SetPassword("new");
  for (const int index : {0, 1}) {
    CHECK(f.endpoints.at(index).tokens().credentials().password == "new");
  }
  f.Start();
  CHECK(!f.Authorization());
  f.AskForToken();
  CHECK(f.transfers.last().request.password == "new");
}

TEST_CASE("a token that was on its way when the password changed is given out once, not kept") {
  Bed f;
  f.Start();
  f.AskForToken();
  f.SetPassword("new");
  f.AnswerToken(R"({"token":"t1"})");
  CHECK(f.Authorization() == "Bearer t1");
  f.transfers.Answer(200, {}, "x");
  f.Start();
  CHECK(f.Authorization() != "Bearer t1");
}

TEST_CASE("the same password again forgets nothing, and another first-byte time holds at once") {
  Bed f;
  f.Start();
  f.AskForToken();
  f.AnswerToken(R"({"token":"t1"})");
  f.transfers.Answer(200, {}, "x");
  std::vector<Credentials> urls = AllWith("old");
  for (Credentials& one : urls) one.first_byte_timeout = Duration{300};
  f.endpoints.Apply(urls, {});
  f.Start();
  CHECK(f.Authorization() == "Bearer t1");
  CHECK(f.transfers.last().request.first_byte_timeout == Duration{300});
}

TEST_CASE("another account is not bound by what the last one was told of its rate limit") {
  Bed f;
  f.Start();
  f.transfers.Answer(200, {{"ratelimit-limit", "100"}, {"ratelimit-remaining", "1"}}, "x");
  f.endpoints.first().health().OnPatienceAsked(Duration{60'000});
  f.SetPassword("old");
  CHECK(f.endpoints.LimitLeft());
  CHECK(f.endpoints.first().health().OpensIn() == Duration{60'000});
  f.SetPassword("new");
  CHECK(!f.endpoints.LimitLeft());
  CHECK(f.endpoints.first().health().OpensIn() == Duration{0});
}

TEST_CASE("another policy holds for what is asked from then on") {
  Bed f;
  f.Start();
  f.transfers.Answer(404, {});
  f.endpoints.Apply(AllWith("old"), {Duration{0}, true});
  CHECK(f.endpoints.allow_private_redirects());
  f.Start();
  CHECK(f.transfers.calls.size() == 2);  // what was not there may be now
  f.transfers.Answer(404, {});
  f.Start();
  CHECK(f.transfers.calls.size() == 3);
}

}  // namespace
}  // namespace longshore
