#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "proxy/upstream/registry.h"
#include "tests/support/registry_bed.h"

namespace longshore {
namespace {

using std::chrono::seconds;

constexpr auto kCdn = "https://cdn.example/blob";

Credentials At(const std::string& url) {
  return {"hub", url, "", "", "", {}};
}

// An upstream that sends whoever asks it to kCdn, which is what fails.
struct Bed : RegistryBed {
  using RegistryBed::RegistryBed;

  void Redirect(const std::string& to = kCdn) { transfers.Answer(307, {{"Location", to}}); }
  // As a blob fetch does that knows where the last one was led.
  void StartAtCdn() {
    observer.Reset();
    UpstreamRequest request;
    request.path = "/v2/a/b/blobs/sha256:0";
    request.location = kCdn;
    transfer = registry.Start(std::move(request), observer);
  }
  void BreakEachTry() {
    while (!observer.end) {
      Redirect();
      if (!observer.end) transfers.Break(Code::kTimeout, "timeout");
      Advance(Duration{500});
    }
  }
  bool IsCdnLeftAlone() { return !endpoints.targets().At(kCdn)->breaker().IsClosed(); }
  void Open() {
    for (int call = 0; call < 10 && !IsCdnLeftAlone(); ++call) {
      Start();
      BreakEachTry();
    }
    REQUIRE(IsCdnLeftAlone());
  }
  std::string AskedUrl() { return transfers.last().request.url; }
};

TEST_CASE("where a redirect leads is left alone when it keeps failing, and clients are told") {
  Bed f;
  f.Open();
  f.Start();
  const size_t sent = f.transfers.calls.size();
  f.Redirect();
  REQUIRE(f.observer.end);
  CHECK(f.transfers.calls.size() == sent);
  CHECK(f.observer.end->reason == "held_off");
  CHECK(f.observer.end->status.error().code == Code::kUnavailable);
  CHECK(f.observer.end->status.error().retry_after >= 1);
  CHECK(f.metrics.failures.back() == "held_off");
}

TEST_CASE("that is no failure of the upstream, whose own answers go on") {
  Bed f;
  f.Open();
  CHECK(f.endpoints.IsUp());
  CHECK(f.endpoints.OpensIn() == Duration{0});
  f.Start();
  f.transfers.Answer(200, {}, "data");
  CHECK(f.observer.body == "data");
}

TEST_CASE("nor of any other place it leads to") {
  Bed f;
  f.Open();
  f.Start();
  f.Redirect("https://cdn2.example/blob");
  f.transfers.Answer(200, {}, "data");
  CHECK(f.observer.body == "data");
}

TEST_CASE("one probe is sent there after a pause, and its answer opens the way") {
  Bed f;
  f.Open();
  f.Advance(seconds(30));
  f.Start();
  f.Redirect();
  CHECK(f.AskedUrl() == kCdn);
  const TransferPtr probe = std::move(f.transfer);
  const auto probing = f.transfers.calls.back();
  RecordingObserver second;
  UpstreamRequest request;
  request.path = "/v2/a/b/blobs/sha256:1";
  f.transfer = f.registry.Start(std::move(request), second);
  f.Redirect();
  REQUIRE(second.end);
  CHECK(second.end->reason == "held_off");
  probing->observer->OnHead({206, {}, "", "", 0});
  CHECK(!f.IsCdnLeftAlone());
}

TEST_CASE("a client that leaves takes its probe with it") {
  Bed f;
  f.Open();
  f.Advance(seconds(30));
  for (int client = 0; client < 2; ++client) {
    f.Start();
    f.Redirect();
    CHECK(f.AskedUrl() == kCdn);
    f.transfer.reset();
  }
}

TEST_CASE("refusals are answers there, too: a signed URL that is out of date says nothing") {
  for (const int status : {401, 403, 404, 416}) {
    CAPTURE(status);
    Bed f({At("https://a.example")}, {Duration{0}, false});
    for (int call = 0; call < 10; ++call) {
      f.Start();
      f.Redirect();
      f.transfers.Answer(status, {});
      CHECK(f.observer.end);
      f.Advance(seconds(2));
    }
    CHECK(f.transfers.calls.size() == 20);
    CHECK(!f.IsCdnLeftAlone());
  }
}

TEST_CASE("a 5xx is a failure there") {
  Bed f;
  for (int call = 0; call < 10 && !f.IsCdnLeftAlone(); ++call) {
    f.Start();
    while (!f.observer.end) {
      f.Redirect();
      if (!f.observer.end) f.transfers.Answer(502, {});
      f.Advance(Duration{500});
    }
  }
  CHECK(f.IsCdnLeftAlone());
  CHECK(f.endpoints.IsUp());
}

TEST_CASE("that it leads too far inside is said each time") {
  Bed f;
  for (int call = 0; call < 10; ++call) {
    f.Start();
    f.Redirect();
    f.transfers.Break(Code::kBadUpstream, "redirect");
    REQUIRE(f.observer.end);
    CHECK(f.observer.end->reason == "redirect");
    f.Advance(seconds(2));
  }
}

TEST_CASE("a place that asks for patience gets it, and the upstream is asked meanwhile") {
  for (const int status : {429, 503}) {
    CAPTURE(status);
    Bed f;
    f.Start();
    f.Redirect();
    f.transfers.Answer(status, {{"Retry-After", "60"}});
    f.Advance(Duration{1});
    REQUIRE(f.observer.end);
    CHECK(f.observer.end->status.error().retry_after == 60);
    f.Start();
    f.Redirect();
    CHECK(f.observer.end->reason == "held_off");
    f.Advance(seconds(60));
    f.Start();
    f.Redirect();
    CHECK(f.AskedUrl() == kCdn);
  }
}

TEST_CASE("what the first URL leads to being left alone, the next URL is asked at once") {
  Bed f({At("https://a.example"), At("https://b.example")});
  f.endpoints.targets().At(kCdn)->OnPatienceAsked(seconds(60));
  f.Start();
  f.Redirect();
  CHECK(f.AskedUrl() == "https://b.example/v2/a/b/blobs/sha256:0");
  f.transfers.Answer(200, {}, "data");
  CHECK(f.observer.body == "data");
}

TEST_CASE("nor does it keep the first URL from being asked again after a passing failure") {
  Bed f({At("https://a.example"), At("https://b.example")});
  f.endpoints.targets().At(kCdn)->OnPatienceAsked(seconds(60));
  f.Start();
  for (int round = 0; round < 3; ++round) {
    CHECK(f.AskedUrl() == "https://a.example/v2/a/b/blobs/sha256:0");
    f.transfers.Answer(502, {});
    f.Redirect();
    f.Advance(Duration{500});
  }
  REQUIRE(f.observer.end);
  CHECK(f.observer.end->status.error().retry_after == 0);
}

TEST_CASE("a place that was led to before is not gone to directly while it is left alone") {
  Bed f;
  f.StartAtCdn();
  CHECK(f.AskedUrl() == kCdn);
  f.Open();
  f.StartAtCdn();
  CHECK(f.AskedUrl() == "https://registry.example/v2/a/b/blobs/sha256:0");
  f.Redirect("https://cdn2.example/blob");
  f.transfers.Answer(200, {}, "data");
  CHECK(f.observer.body == "data");
}

TEST_CASE("what fails on the direct way counts, and the upstream is asked where it is now") {
  Bed f;
  for (int call = 0; call < 5; ++call) {
    f.StartAtCdn();
    CHECK(f.AskedUrl() == kCdn);
    f.transfers.Answer(500, {});
    CHECK(f.AskedUrl() == "https://registry.example/v2/a/b/blobs/sha256:0");
    f.transfers.Answer(200, {}, "data");
    CHECK(f.observer.body == "data");
    f.Advance(seconds(1));
  }
  CHECK(f.metrics.failures == std::vector<std::string>(5, "status_5xx"));
  CHECK(f.IsCdnLeftAlone());
}

TEST_CASE("what the upstream says after the place it led to failed is its own") {
  Bed f;
  f.StartAtCdn();
  f.transfers.Answer(500, {});
  f.transfers.Answer(503, {{"Retry-After", "60"}});
  CHECK(f.endpoints.OpensIn() == seconds(60));
  CHECK(f.endpoints.targets().AllLeftAlone().empty());
}

TEST_CASE("an upstream that redirects to another of its URLs leads to no such place") {
  Bed f({At("https://a.example"), At("https://b.example")});
  for (int call = 0; call < 10; ++call) {
    f.Start();
    f.Redirect("https://b.example/elsewhere");
    CHECK(f.AskedUrl() == "https://b.example/elsewhere");
    f.transfers.Break(Code::kUnavailable, "tls");
    CHECK(f.AskedUrl() == "https://b.example/v2/a/b/blobs/sha256:0");
    f.transfers.Answer(200, {}, "data");
    f.Advance(seconds(1));
  }
  CHECK(f.endpoints.targets().AllLeftAlone().empty());
}

TEST_CASE("of two redirects in a row it is the place that fails which is left alone") {
  Bed f;
  for (int call = 0; call < 10; ++call) {
    f.Start();
    while (!f.observer.end) {
      f.Redirect();
      f.Redirect("https://bucket.example/blob");
      if (!f.observer.end) f.transfers.Break(Code::kUnavailable, "connect");
      f.Advance(Duration{500});
    }
  }
  CHECK(!f.IsCdnLeftAlone());
  const auto left_alone = f.endpoints.targets().AllLeftAlone();
  REQUIRE(left_alone.size() == 1);
  CHECK(left_alone.front().host == "bucket.example");
}

}  // namespace
}  // namespace longshore
