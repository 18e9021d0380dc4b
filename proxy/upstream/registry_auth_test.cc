#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "proxy/upstream/registry.h"
#include "tests/support/registry_bed.h"

namespace longshore {
namespace {

using std::chrono::seconds;

const std::string kChallenge =
    R"(Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull")";

using Fixture = RegistryBed;

TEST_CASE("a bearer challenge is answered with a token, and the next request starts with it") {
  Fixture f;
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", kChallenge}});
  CHECK(f.transfers.last().request.url ==
        "https://auth.example/token?service=registry.example&scope=repository%3aa%2fb%3apull");
  f.AnswerToken(R"({"token":"t1","expires_in":100})");
  CHECK(f.Authorization() == "Bearer t1");
  f.transfers.Answer(200, {}, "x");
  CHECK(f.observer.end->status);

  f.Start();
  CHECK(f.Authorization() == "Bearer t1");
  CHECK(f.transfers.calls.size() == 4);
}

TEST_CASE("a token is refreshed before it runs out, while it is still used") {
  Fixture f;
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", kChallenge}});
  f.AnswerToken(R"({"token":"t1","expires_in":100})");
  f.transfers.Answer(200, {});
  f.Advance(std::chrono::seconds(80));
  f.Start();
  REQUIRE(f.transfers.calls.size() == 5);
  CHECK(f.transfers.calls[3]->request.url.starts_with("https://auth.example/token"));
  CHECK(f.Authorization() == "Bearer t1");
}

TEST_CASE("an expired token is never sent") {
  Fixture f;
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", kChallenge}});
  f.AnswerToken(R"({"token":"t1","expires_in":100})");
  f.transfers.Answer(200, {});
  f.Advance(std::chrono::seconds(100));
  f.Start();
  CHECK(f.transfers.last().request.url.starts_with("https://auth.example/token"));
}

TEST_CASE("requests that need the same scope share one token fetch") {
  Fixture f;
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", kChallenge}});
  RecordingObserver second;
  UpstreamRequest request;
  request.path = "/v2/a/b/manifests/1";
  request.repository = "a/b";
  const TransferPtr other = f.registry.Start(std::move(request), second);
  CHECK(f.transfers.calls.size() == 2);
  f.AnswerToken(R"({"token":"t1"})");
  REQUIRE(f.transfers.calls.size() == 4);
  CHECK(f.transfers.calls[2]->request.fields.Get("Authorization") == "Bearer t1");
  CHECK(f.transfers.calls[3]->request.fields.Get("Authorization") == "Bearer t1");
}

TEST_CASE("a second 401 is an answer, not a loop") {
  Fixture f;
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", kChallenge}});
  f.AnswerToken(R"({"token":"t1"})");
  f.transfers.Answer(401, {{"WWW-Authenticate", kChallenge}});
  REQUIRE(f.observer.end);
  CHECK(f.observer.end->status.error().code == Code::kDenied);
  CHECK(f.observer.end->status.error().message.find("upstream hub") != std::string::npos);
  CHECK(!f.observer.head);
}

TEST_CASE("credentials go to the upstream's own host and to listed ones, to no other") {
  struct Row {
    std::string realm;
    bool may;
  };
  const std::vector<Row> rows = {
      {"https://registry.example/token", true},   {"https://REGISTRY.example:443/token", true},
      {"https://auth.example/token", true},       {"https://evil.example/token", false},
      {"https://registry.example.evil/t", false}, {"http://registry.example/token", false},
      {"https://user@registry.example/t", false}, {"not a url", false},
  };
  FakeClock clock;
  const TokenSource tokens(
      {"hub", "https://registry.example", "robot", "secret", "", {"auth.example"}}, clock);
  for (const Row& row : rows) {
    CAPTURE(row.realm);
    CHECK(tokens.MayHaveCredentials(row.realm) == row.may);
  }
}

TEST_CASE("a strange realm is asked without the credentials") {
  Fixture f({"hub", "https://registry.example", "robot", "secret", "", {}});
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", kChallenge}});
  CHECK(f.transfers.last().request.username.empty());
  CHECK(f.transfers.last().request.password.empty());
}

TEST_CASE("a realm that is no URL is an error, and nothing is asked there") {
  Fixture f;
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", R"(Bearer realm="no url",service="x")"}});
  f.executor.RunAll();
  CHECK(f.transfers.calls.size() == 1);
  REQUIRE(f.observer.end);
  CHECK(f.observer.end->reason == "auth");
  CHECK(f.observer.end->status.error().code == Code::kBadUpstream);
  CHECK(f.observer.end->status.error().message ==
        "upstream hub: no token for upstream hub: the realm is not a URL");
}

TEST_CASE("what a token server answers decides what its upstream's clients are told") {
  struct Row {
    int status;
    std::string body;
    Code code;
  };
  const Row rows[] = {
      {401, "", Code::kDenied},
      {403, "", Code::kDenied},
      {404, "", Code::kBadUpstream},
      {429, "", Code::kRateLimited},
      {500, "", Code::kUnavailable},
      {200, "no token", Code::kBadUpstream},
      {200, std::string(size_t{1} << 20, ' '), Code::kTooLarge},
  };
  for (const Row& row : rows) {
    CAPTURE(row.status);
    Fixture f;
    f.Start();
    f.transfers.Answer(401, {{"WWW-Authenticate", kChallenge}});
    f.transfers.Answer(row.status, {}, row.body);
    f.executor.RunAll();
    REQUIRE(f.observer.end);
    CHECK(f.observer.end->reason == "auth");
    CHECK(f.observer.end->status.error().code == row.code);
    CHECK(f.transfers.calls.size() == 2);
  }
}

TEST_CASE("a token that is refused is not sent again") {
  Fixture f;
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", kChallenge}});
  f.AnswerToken(R"({"token":"t1","expires_in":100})");
  f.transfers.Answer(200, {});
  f.Start();
  CHECK(f.Authorization() == "Bearer t1");
  f.transfers.Answer(401, {{"WWW-Authenticate", kChallenge}});
  f.AnswerToken(R"({"token":"t2","expires_in":100})");
  CHECK(f.Authorization() == "Bearer t2");
  f.transfers.Answer(200, {}, "x");
  CHECK(f.observer.body == "x");
}

TEST_CASE("a basic challenge is answered with the credentials, at once the next time") {
  Fixture f({"hub", "https://registry.example", "robot", "secret", "", {}});
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", "Basic realm=\"x\""}});
  CHECK(f.transfers.last().request.username == "robot");
  f.transfers.Answer(200, {});
  f.Start();
  CHECK(f.transfers.last().request.password == "secret");
}

// With a realm that gave a token once, which has run out.
struct OldRealm : RegistryBed {
  using RegistryBed::RegistryBed;
  void Learn() {
    Start();
    Challenge("auth");
    AnswerToken(R"({"token":"t1","expires_in":100})");
    transfers.Answer(200, {});
    Advance(seconds(100));
    Start();
    CHECK(AskedUrl().starts_with("https://auth.example/token"));
  }
  void Challenge(const std::string& host) {
    transfers.Answer(401,
                     {{"WWW-Authenticate", "Bearer realm=\"https://" + host + ".example/token\""}});
  }
  void GiveNoToken(int status) {
    transfers.Answer(status, {});
    executor.RunAll();
  }
  void ExpectNoToken() {
    REQUIRE(observer.end);
    CHECK(observer.end->reason == "auth");
  }
  const std::string& AskedUrl() { return transfers.last().request.url; }
};

TEST_CASE("a realm that gives no token any more is left for the one that the upstream names now") {
  for (const int status : {401, 403, 404, 500}) {
    CAPTURE(status);
    OldRealm f;
    f.Learn();
    f.GiveNoToken(status);
    CHECK(f.AskedUrl() == "https://registry.example/v2/a/b/blobs/sha256:0");
    CHECK(!f.Authorization());
    f.Challenge("new");
    CHECK(f.AskedUrl().starts_with("https://new.example/token"));
    f.AnswerToken(R"({"token":"t2","expires_in":100})");
    CHECK(f.Authorization() == "Bearer t2");
    f.transfers.Answer(200, {}, "x");
    CHECK(f.observer.body == "x");
    CHECK(f.endpoints.IsUp());
  }
}

TEST_CASE("if the upstream names the same one, that is the end, and it is asked once") {
  OldRealm denied;
  denied.Learn();
  denied.GiveNoToken(403);
  denied.Challenge("auth");
  denied.ExpectNoToken();
  CHECK(denied.observer.end->status.error().code == Code::kDenied);
  CHECK(denied.endpoints.IsUp());

  OldRealm failing;
  failing.Learn();
  for (int call = 0; call < 6; ++call) {
    failing.transfers.Break(Code::kTimeout, "timeout");
    failing.executor.RunAll();
    failing.Challenge("auth");
    failing.ExpectNoToken();
    CHECK(failing.observer.end->status.error().code == Code::kTimeout);
    failing.Advance(seconds(1));
    failing.Start();
  }
  CHECK(failing.endpoints.IsOpen());
}

TEST_CASE("what says no to somebody without a token says nothing about what is there") {
  for (const int status : {401, 403, 404}) {
    CAPTURE(status);
    OldRealm f;
    f.Learn();
    f.GiveNoToken(500);
    f.transfers.Answer(status, {});
    f.ExpectNoToken();
    CHECK(f.observer.end->status.error().code == Code::kUnavailable);
    f.Start();  // and is not remembered
    CHECK(f.AskedUrl().starts_with("https://auth.example/token"));
  }
}

TEST_CASE("an upstream that has become open, or wants a password now, is served so") {
  OldRealm open;
  open.Learn();
  open.GiveNoToken(404);
  open.transfers.Answer(200, {}, "x");
  CHECK(open.observer.body == "x");
  open.Start();
  CHECK(open.AskedUrl() == "https://registry.example/v2/a/b/blobs/sha256:0");

  OldRealm basic({"hub", "https://registry.example", "robot", "secret", "", {}});
  basic.Learn();
  basic.GiveNoToken(404);
  basic.transfers.Answer(401, {{"WWW-Authenticate", "Basic realm=\"x\""}});
  CHECK(basic.transfers.last().request.password == "secret");
  basic.transfers.Answer(200, {}, "x");
  CHECK(basic.observer.body == "x");
}

TEST_CASE("a token server that asks for patience is where it was") {
  OldRealm f;
  f.Learn();
  f.GiveNoToken(429);
  f.ExpectNoToken();
  CHECK(f.observer.end->status.error().code == Code::kRateLimited);
}

}  // namespace
}  // namespace longshore
