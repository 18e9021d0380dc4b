#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "proxy/upstream/registry.h"
#include "tests/support/registry_bed.h"

namespace longshore {
namespace {

using std::chrono::seconds;

Credentials At(const std::string& url) {
  return {"hub", url, "", "", "", {}};
}

struct Bed : RegistryBed {
  using RegistryBed::RegistryBed;

  // Fails the one URL until it is left alone.
  void Open() {
    for (int call = 0; call < 10 && endpoints.first().health().breaker().IsClosed(); ++call) {
      Start();
      while (!observer.end) {
        transfers.Break(Code::kUnavailable, "connect");
        Advance(Duration{500});
      }
    }
    REQUIRE(!endpoints.first().health().breaker().IsClosed());
  }
  std::string AskedHost() { return transfers.last().request.url.substr(0, 16); }
};

TEST_CASE(
    "an upstream that keeps failing is not asked, and its clients are told at once for how long") {
  Bed f;
  f.Open();
  CHECK(!f.endpoints.IsUp());
  CHECK(f.endpoints.IsOpen());
  const size_t sent = f.transfers.calls.size();
  f.Start();
  CHECK(!f.observer.end);  // never from inside Start
  f.executor.RunAll();
  REQUIRE(f.observer.end);
  CHECK(f.observer.end->reason == "held_off");
  CHECK(f.observer.end->status.error().code == Code::kUnavailable);
  CHECK(f.observer.end->status.error().retry_after >= 1);
  CHECK(f.transfers.calls.size() == sent);
}

TEST_CASE("then one probe is sent, and its answer opens the way for all") {
  Bed f;
  f.Open();
  f.Advance(seconds(30));
  f.Start();
  CHECK(f.transfers.Live() == 1);
  RecordingObserver second;
  UpstreamRequest request;
  request.path = "/v2/a/b/manifests/1";
  const TransferPtr other = f.registry.Start(std::move(request), second);
  f.executor.RunAll();
  REQUIRE(second.end);
  CHECK(second.end->reason == "held_off");
  f.transfers.Answer(404, {});
  CHECK(f.endpoints.IsUp());
  CHECK(!f.endpoints.IsOpen());
}

TEST_CASE("a client that leaves takes its probe with it") {
  Bed f;
  f.Open();
  f.Advance(seconds(30));
  f.Start();
  f.transfer.reset();
  f.Start();
  CHECK(f.transfers.Live() == 1);
}

TEST_CASE("refusals are answers: no number of them keeps requests from an upstream") {
  for (const int status : {401, 403, 404, 416, 429}) {
    CAPTURE(status);
    Bed f({At("https://a.example")}, {Duration{0}, false});
    for (int call = 0; call < 10; ++call) {
      f.Start();
      f.transfers.Answer(status, {});
      f.Advance(seconds(2));
    }
    CHECK(f.transfers.calls.size() == 10);
    CHECK(f.endpoints.IsUp());
  }
}

TEST_CASE("a failing place that an upstream redirects to is no failure of the upstream") {
  Bed f;
  for (int call = 0; call < 10; ++call) {
    f.Start();
    while (!f.observer.end) {
      f.transfers.Answer(307, {{"Location", "https://cdn.example/blob"}});
      f.transfers.Break(Code::kUnavailable, "connect");
      f.Advance(Duration{500});
    }
  }
  CHECK(f.endpoints.IsUp());
}

TEST_CASE("an upstream whose tokens cannot be had counts as failing") {
  Bed f;
  for (int call = 0; call < 6; ++call) {
    f.Start();
    if (call > 0) f.transfers.Break(Code::kUnavailable, "connect");
    f.executor.RunAll();
    f.transfers.Answer(401, {{"WWW-Authenticate", "Bearer realm=\"https://auth.example/t\""}});
    if (call == 0) f.transfers.Break(Code::kUnavailable, "connect");
    f.Advance(seconds(1));
  }
  CHECK(f.endpoints.IsOpen());
}

TEST_CASE("a 429 is not repeated, and nothing is asked until its time has come") {
  Bed f;
  f.Start();
  f.transfers.Answer(429, {{"Retry-After", "60"}});
  REQUIRE(f.observer.end);
  CHECK(f.observer.end->status.error().code == Code::kRateLimited);
  CHECK(f.observer.end->status.error().retry_after == 60);
  f.Advance(seconds(59));
  f.Start();
  f.executor.RunAll();
  CHECK(f.observer.end->reason == "held_off");
  CHECK(f.observer.end->status.error().retry_after == 1);
  CHECK(f.transfers.calls.size() == 1);
  f.Advance(seconds(1));
  f.Start();
  CHECK(f.transfers.calls.size() == 2);
}

TEST_CASE("a 503 that says when to come back is not repeated before") {
  Bed f;
  f.Start();
  f.transfers.Answer(503, {{"Retry-After", "Tue, 14 Nov 2023 22:33:22 GMT"}});  // after 2 s
  f.Advance(Duration{1});
  REQUIRE(f.observer.end);
  CHECK(f.observer.end->status.error().code == Code::kUnavailable);
  CHECK(f.transfers.calls.size() == 1);
}

TEST_CASE("retries are a part of the calls, however many fail") {
  Bed f;
  int retries = 0;
  for (int call = 0; call < 200; ++call) {
    f.Start();
    const size_t sent = f.transfers.calls.size();
    while (!f.observer.end) {
      f.transfers.Answer(500, {});
      f.Advance(Duration{500});
    }
    retries += static_cast<int>(f.transfers.calls.size() - sent);
    // Each time somebody else is answered, so that the breaker stays closed.
    f.Start();
    f.transfers.Answer(200, {}, "x");
  }
  CHECK(retries >= 10);
  CHECK(retries <= 10 + 400 / 5);
}

TEST_CASE("a URL that fails is passed over at once for the next one, without a pause") {
  struct Row {
    Code code;
    std::string_view reason;
  };
  const std::vector<Row> rows = {{Code::kUnavailable, "dns"},
                                 {Code::kUnavailable, "connect"},
                                 {Code::kUnavailable, "tls"},
                                 {Code::kTimeout, "timeout"},
                                 {Code::kBadUpstream, "protocol"}};
  for (const Row& row : rows) {
    CAPTURE(std::string(row.reason));
    Bed f({At("https://a.example"), At("https://b.example")});
    f.Start();
    CHECK(f.AskedHost() == "https://a.exampl");
    f.transfers.Break(row.code, row.reason);
    CHECK(f.AskedHost() == "https://b.exampl");
    f.transfers.Answer(200, {}, "data");
    CHECK(f.observer.body == "data");
    CHECK(f.observer.head->url == 1);
    CHECK(f.endpoints.IsUp());
  }
  for (const int status : {429, 500, 503}) {
    CAPTURE(status);
    Bed f({At("https://a.example"), At("https://b.example")});
    f.Start();
    f.transfers.Answer(status, {});
    CHECK(f.AskedHost() == "https://b.exampl");
  }
}

TEST_CASE(
    "once the first URL is known to fail it costs nobody a wait, until a probe finds it well") {
  Bed f({At("https://a.example"), At("https://b.example")});
  for (int call = 0; call < 8; ++call) {
    f.Start();
    if (f.AskedHost() == "https://a.exampl") f.transfers.Break(Code::kTimeout, "timeout");
    f.transfers.Answer(200, {}, "x");
    f.Advance(Duration{200});
  }
  CHECK(!f.endpoints.first().health().breaker().IsClosed());
  CHECK(!f.endpoints.IsOpen());
  f.Start();
  CHECK(f.AskedHost() == "https://b.exampl");
  f.transfers.Answer(200, {}, "x");
  f.Advance(seconds(30));
  f.Start();
  CHECK(f.AskedHost() == "https://a.exampl");
  f.transfers.Answer(200, {}, "x");
  f.Start();
  CHECK(f.AskedHost() == "https://a.exampl");
}

TEST_CASE("where a URL redirected to is asked in its name, with nothing but what it may do") {
  Bed f({At("https://a.example"), At("https://b.example")});
  f.Start();
  f.transfers.Answer(500, {});
  TransferHead head;
  head.status = 307;
  head.peer = "10.0.0.7";
  head.fields.Add("Location", "https://cdn.example/blob");
  f.transfers.last().observer->OnHead(head);
  f.transfers.last().observer->OnDone({{}, ""});
  f.transfers.Answer(200, {}, "x");
  UpstreamRequest request;
  request.path = "/v2/a/b/blobs/sha256:0";
  request.location = f.observer.head->location;
  request.location_url = f.observer.head->url;
  f.observer.Reset();
  f.transfer = f.registry.Start(std::move(request), f.observer);
  CHECK(f.transfers.last().request.url == "https://cdn.example/blob");
  CHECK(f.transfers.last().request.reach == AddressReach::kPrivate);
  f.transfers.Answer(200, {}, "y");
  CHECK(f.observer.head->url == 1);
}

TEST_CASE("an answer of the first URL is the answer: no other is asked for what it does not have") {
  for (const int status : {403, 404}) {
    Bed f({At("https://a.example"), At("https://b.example")});
    f.Start();
    f.transfers.Answer(status, {});
    REQUIRE(f.observer.end);
    CHECK(f.transfers.calls.size() == 1);
  }
}

TEST_CASE("each URL has tokens of its own") {
  Bed f({At("https://a.example"), At("https://b.example")});
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", "Bearer realm=\"https://a.example/t\""}});
  f.AnswerToken(R"({"token":"t1"})");
  CHECK(f.Authorization() == "Bearer t1");
  f.transfers.Answer(500, {});
  CHECK(f.AskedHost() == "https://b.exampl");
  CHECK(!f.Authorization());
}

TEST_CASE("what is missing is asked for once in ten seconds, by HEAD or GET") {
  Bed f;
  f.Start("HEAD");
  f.transfers.Answer(404, {});
  for (const std::string method : {"GET", "HEAD"}) {
    f.Start(method);
    f.executor.RunAll();
    REQUIRE(f.observer.end);
    CHECK(f.observer.end->status.error().code == Code::kNotFound);
  }
  CHECK(f.transfers.calls.size() == 1);
  CHECK(f.metrics.failures.empty());
  f.Advance(seconds(10));
  f.Start();
  f.transfers.Answer(200, {}, "here now");
  CHECK(f.observer.body == "here now");
}

TEST_CASE("what the upstream says of its rate limit is known, and old news after its window") {
  Bed f;
  CHECK(!f.endpoints.Limit());
  CHECK(!f.registry.LimitLeft());
  f.Start();
  f.transfers.Answer(
      200, {{"ratelimit-limit", "100;w=21600"}, {"ratelimit-remaining", "25;w=21600"}}, "x");
  REQUIRE(f.endpoints.Limit());
  CHECK(f.endpoints.Limit()->count == 100);
  CHECK(f.endpoints.Limit()->left == 25);
  CHECK(f.registry.LimitLeft() == doctest::Approx(0.25));
  f.Advance(seconds(21'600));
  CHECK(!f.endpoints.Limit());
  CHECK(!f.registry.LimitLeft());
}

TEST_CASE("a rate limit is believed of the upstream itself only, and whole") {
  Bed f;
  f.Start();
  f.transfers.Answer(307, {{"Location", "https://cdn.example/blob"}});
  f.transfers.Answer(200, {{"ratelimit-limit", "5"}, {"ratelimit-remaining", "1"}}, "x");
  CHECK(!f.registry.LimitLeft());
  f.Start();
  f.transfers.Answer(200, {{"ratelimit-limit", "5"}}, "x");
  CHECK(!f.registry.LimitLeft());
}

AddressReach ReachOfRedirect(const std::string& peer, EndpointPolicy policy) {
  Bed f({At("https://a.example")}, policy);
  f.Start();
  TransferHead head;
  head.status = 307;
  head.peer = peer;
  head.fields.Add("Location", "https://cdn.example/blob");
  f.transfers.last().observer->OnHead(head);
  f.transfers.last().observer->OnDone({{}, ""});
  REQUIRE(f.transfers.calls.size() == 2);
  CHECK(f.transfers.calls.front()->request.reach == AddressReach::kLinkLocal);
  return f.transfers.last().request.reach;
}

TEST_CASE("a redirect leads no further inside than its upstream lies, unless that is allowed") {
  CHECK(ReachOfRedirect("203.0.113.7", {}) == AddressReach::kPublic);
  CHECK(ReachOfRedirect("", {}) == AddressReach::kPublic);
  CHECK(ReachOfRedirect("10.0.0.7", {}) == AddressReach::kPrivate);
  CHECK(ReachOfRedirect("127.0.0.1", {}) == AddressReach::kLoopback);
  CHECK(ReachOfRedirect("203.0.113.7", {Duration{0}, true}) == AddressReach::kLinkLocal);
}

TEST_CASE("nor does a token realm that only the upstream names") {
  Bed f;
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", "Bearer realm=\"https://auth.example/t\""}});
  CHECK(f.transfers.last().request.reach == AddressReach::kPublic);
  Bed own;
  own.Start();
  own.transfers.Answer(401, {{"WWW-Authenticate", "Bearer realm=\"https://registry.example/t\""}});
  CHECK(own.transfers.last().request.reach == AddressReach::kLinkLocal);
}

TEST_CASE("a token server that asks for patience is left alone too") {
  Bed f;
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", "Bearer realm=\"https://auth.example/t\""}});
  f.transfers.Answer(429, {{"Retry-After", "60"}});
  f.executor.RunAll();
  REQUIRE(f.observer.end);
  CHECK(f.observer.end->status.error().code == Code::kRateLimited);
  const size_t sent = f.transfers.calls.size();
  f.Start();
  f.executor.RunAll();
  CHECK(f.transfers.calls.size() == sent);
  f.Advance(seconds(60));
  f.Start();
  CHECK(f.transfers.calls.size() == sent + 1);
}

TEST_CASE("the time to the first byte is as configured, and no connection takes longer") {
  Credentials credentials = At("https://a.example");
  credentials.first_byte_timeout = Duration{300};
  Bed f(credentials);
  f.Start();
  CHECK(f.transfers.last().request.first_byte_timeout == Duration{300});
  CHECK(f.transfers.last().request.connect_timeout == Duration{300});
}

}  // namespace
}  // namespace longshore
