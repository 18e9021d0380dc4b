#include "proxy/upstream/registry.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/registry_bed.h"

namespace longshore {
namespace {

const std::string kChallenge =
    R"(Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull")";

using Fixture = RegistryBed;

TEST_CASE("what may be encoded is asked for so, and counted as it came over the wire") {
  Fixture f;
  UpstreamRequest request;
  request.path = "/v2/a/b/blobs/sha256:0";
  request.repository = "a/b";
  request.kind = "blob";
  request.may_be_encoded = true;
  f.transfer = f.registry.Start(std::move(request), f.observer);
  CHECK(f.transfers.last().request.decode);
  CHECK(f.transfers.last().request.fields.Get("Longshore-Hop") == "zstd");
  f.transfers.Answer(200, {{"Content-Encoding", "zstd"}}, "decoded bytes", 4);
  CHECK(f.observer.body == "decoded bytes");
  CHECK(f.metrics.bytes == 4);

  Fixture plain;
  plain.Start();
  CHECK_FALSE(plain.transfers.last().request.decode);
  CHECK_FALSE(plain.transfers.last().request.fields.Get("Longshore-Hop").has_value());
}

TEST_CASE("an open registry is asked once, without credentials") {
  Fixture f;
  f.Start();
  CHECK(f.transfers.last().request.url == "https://registry.example/v2/a/b/blobs/sha256:0");
  CHECK(!f.Authorization());
  f.transfers.Answer(200, {{"Content-Length", "5"}}, "hello");
  CHECK(f.observer.head->status == 200);
  CHECK(f.observer.body == "hello");
  CHECK(f.observer.end->status);
  CHECK(f.metrics.bytes == 5);
}

TEST_CASE("a redirect to another origin carries no authorization") {
  Fixture f;
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", kChallenge}});
  f.AnswerToken(R"({"token":"t1"})");
  f.transfers.Answer(307, {{"Location", "https://cdn.example/blob?sig=1"}});
  CHECK(f.transfers.last().request.url == "https://cdn.example/blob?sig=1");
  CHECK(!f.Authorization());
  f.transfers.Answer(200, {}, "data");
  CHECK(f.observer.body == "data");
}

TEST_CASE("a redirect within the origin keeps it") {
  Fixture f;
  f.Start();
  f.transfers.Answer(401, {{"WWW-Authenticate", kChallenge}});
  f.AnswerToken(R"({"token":"t1"})");
  f.transfers.Answer(302, {{"Location", "/elsewhere"}});
  CHECK(f.transfers.last().request.url == "https://registry.example/elsewhere");
  CHECK(f.Authorization() == "Bearer t1");
}

TEST_CASE("redirects end: too many, nowhere, and from https to http") {
  Fixture loop;
  loop.Start();
  for (int i = 0; i < 6; ++i) loop.transfers.Answer(302, {{"Location", "/again"}});
  CHECK(loop.observer.end->status.error().code == Code::kBadUpstream);

  Fixture nowhere;
  nowhere.Start();
  nowhere.transfers.Answer(302, {});
  CHECK(nowhere.observer.end->reason == "redirect");

  Fixture plain;
  plain.Start();
  plain.transfers.Answer(302, {{"Location", "http://cdn.example/blob"}});
  CHECK(plain.transfers.calls.size() == 1);
  CHECK(plain.observer.end->reason == "redirect");
}

// A call straight to where an earlier one was redirected to.
void StartAt(Fixture& f, const std::string& location) {
  UpstreamRequest request;
  request.path = "/v2/a/b/blobs/sha256:0";
  request.location = location;
  f.observer.Reset();
  f.transfer = f.registry.Start(std::move(request), f.observer);
  REQUIRE(f.transfers.last().request.url == location);
}

TEST_CASE("where a redirect led once, and no more, the upstream itself is asked again") {
  for (const int status : {0, 403, 404, 500}) {
    CAPTURE(status);
    Fixture f;
    StartAt(f, "https://cdn.example/blob?sig=old");
    if (status == 0) {
      f.transfers.Break(Code::kUnavailable, "connect");
    } else {
      f.transfers.Answer(status, {}, "expired");
    }
    CHECK(!f.observer.end);
    CHECK(f.transfers.last().request.url == "https://registry.example/v2/a/b/blobs/sha256:0");
    f.transfers.Answer(200, {}, "x");
    CHECK(f.observer.body == "x");
    CHECK(f.endpoints.IsUp());
  }
}

TEST_CASE("and if the upstream is left alone meanwhile, that is the answer") {
  Fixture f;
  f.Start();
  f.transfers.Answer(429, {{"Retry-After", "60"}});
  StartAt(f, "https://cdn.example/blob?sig=old");
  f.transfers.Answer(403, {}, "expired");
  REQUIRE(f.observer.end);
  CHECK(f.observer.end->reason == "held_off");
  CHECK(f.observer.end->status.error().retry_after == 60);
}

TEST_CASE("5xx and broken connections are retried twice, with growing delays") {
  Fixture f;
  f.Start();
  f.transfers.Answer(503, {}, "busy");
  f.Advance(Duration{10});
  CHECK(f.transfers.calls.size() == 1);
  f.Advance(Duration{150});
  REQUIRE(f.transfers.calls.size() == 2);
  f.transfers.Break(Code::kUnavailable, "connect");
  f.Advance(Duration{300});
  REQUIRE(f.transfers.calls.size() == 3);
  f.transfers.Answer(502, {}, "still busy");
  f.Advance(Duration{10'000});
  CHECK(f.transfers.calls.size() == 3);
  REQUIRE(f.observer.end);
  CHECK(f.observer.end->status.error().code == Code::kUnavailable);
  CHECK(f.observer.end->status.error().message == "upstream hub: it answered 502: still busy");
  CHECK(f.metrics.statuses == std::vector<int>{503, 0, 502});
  CHECK(f.metrics.failures == std::vector<std::string>{"status_5xx", "connect", "status_5xx"});
}

TEST_CASE("a broken body is not retried: the caller continues by range") {
  Fixture f;
  f.Start();
  TransferHead head;
  head.status = 200;
  f.transfers.last().observer->OnHead(head);
  f.transfers.last().observer->OnBody("half");
  f.transfers.Break(Code::kUnavailable, "broken");
  f.Advance(Duration{10'000});
  CHECK(f.transfers.calls.size() == 1);
  CHECK(f.observer.end->status.error().code == Code::kUnavailable);
}

// It once looked at each piece alone: one that came in small pieces was read for as long as it
// came.
TEST_CASE("an error body without end is not read to its end, however it comes") {
  for (const size_t piece : {size_t{1024}, size_t{80} << 10}) {
    CAPTURE(piece);
    Fixture f;
    f.Start();
    TransferHead head;
    head.status = 403;
    f.transfers.last().observer->OnHead(head);
    size_t sent = 0;
    while (f.transfers.Live() == 1 && sent < (size_t{1} << 20)) {
      f.transfers.last().observer->OnBody(std::string(piece, 'x'));
      sent += piece;
    }
    CHECK(sent > size_t{64} << 10);
    CHECK(sent <= (size_t{64} << 10) + piece);
    REQUIRE(f.observer.end);
    CHECK(f.observer.end->status.error().code == Code::kDenied);
    CHECK(f.observer.end->status.error().message ==
          "upstream hub: it answered 403: " + std::string(512, 'x'));
    CHECK(f.observer.body.empty());
  }
}

TEST_CASE("404 and 429 are told apart from failures, and not retried") {
  Fixture missing;
  missing.Start("HEAD");
  missing.transfers.Answer(404, {});
  CHECK(missing.observer.end->status.error().code == Code::kNotFound);
  CHECK(missing.metrics.failures.empty());

  Fixture limited;
  limited.Start();
  limited.transfers.Answer(429, {});
  CHECK(limited.observer.end->status.error().code == Code::kRateLimited);
  CHECK(limited.metrics.failures == std::vector<std::string>{"status_429"});
}

TEST_CASE("a caller that leaves cancels whatever is under way") {
  Fixture streaming;
  streaming.Start();
  streaming.transfer.reset();
  CHECK(streaming.transfers.Live() == 0);

  Fixture waiting;
  waiting.Start();
  waiting.transfers.Answer(503, {});
  waiting.transfer.reset();
  waiting.Advance(Duration{10'000});
  CHECK(waiting.transfers.calls.size() == 1);
  CHECK(!waiting.observer.end);
}

}  // namespace
}  // namespace longshore
