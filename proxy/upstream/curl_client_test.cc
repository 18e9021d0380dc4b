#include "proxy/upstream/curl_client.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "tests/support/one_at_a_time.h"

namespace longshore {
namespace {

class Asker final : public TransferObserver {
 public:
  Asker(CurlClient& client, std::string url, AddressReach reach, std::function<void()> done,
        std::string proxy = {})
      : done_(std::move(done)) {
    TransferRequest request;
    request.proxy = std::move(proxy);
    request.url = std::move(url);
    request.reach = reach;
    transfer_ = client.Start(std::move(request), *this);
  }
  void OnHead(const TransferHead& head) override { peer = head.peer; }
  void OnBody(std::string_view data) override { body += data; }
  void OnDone(const TransferEnd& seen) override {
    end = seen;
    done_();
  }
  std::string peer;
  std::string body;
  TransferEnd end;

 private:
  const std::function<void()> done_;
  TransferPtr transfer_;
};

TEST_CASE("an answer says at which address it came from") {
  OneAtATime server;
  EventLoop loop;
  {
    CurlClient client(loop);
    Asker asker(client, server.Url("localhost"), AddressReach::kLinkLocal, [&] { loop.Stop(); });
    loop.Run();
    CHECK(asker.end.status);
    CHECK(asker.body == "ok");
    CHECK(asker.peer == "127.0.0.1");
  }
}

TEST_CASE("an address further inside than allowed is not connected to, by number or by name") {
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    for (const AddressReach reach : {AddressReach::kPublic, AddressReach::kPrivate}) {
      CAPTURE(host);
      OneAtATime server;
      EventLoop loop;
      CurlClient client(loop);
      Asker asker(client, server.Url(host), reach, [&] { loop.Stop(); });
      loop.Run();
      REQUIRE(!asker.end.status);
      CHECK(asker.end.status.error().code == Code::kBadUpstream);
      CHECK(asker.end.reason == "redirect");
      CHECK(server.connections == 0);
    }
  }
}

TEST_CASE("nor is it asked over a connection that somebody else may use") {
  OneAtATime server;
  EventLoop loop;
  CurlClient client(loop);
  std::unique_ptr<Asker> second;
  Asker first(client, server.Url("127.0.0.1"), AddressReach::kLoopback, [&] {
    loop.Post([&] {
      second = std::make_unique<Asker>(client, server.Url("127.0.0.1"), AddressReach::kPrivate,
                                       [&] { loop.Stop(); });
    });
  });
  loop.Run();
  CHECK(first.end.status);
  REQUIRE(second);
  REQUIRE(!second->end.status);
  CHECK(second->end.reason == "redirect");
  CHECK(server.requests == 1);
}

TEST_CASE("through a proxy what counts is what the URL says, and the answer has no address") {
  struct Row {
    std::string url;
    bool is_asked;
  };
  const Row rows[] = {
      {"http://cdn.invalid/x", true},      {"http://8.8.8.8/x", true},
      {"http://169.254.169.254/x", false}, {"http://[::ffff:a00:1]/x", false},
      {"http://2130706433/x", false},  // 127.0.0.1
      {"http://localhost/x", false},
  };
  for (const Row& row : rows) {
    for (const bool is_reused : {false, true}) {
      CAPTURE(row.url);
      CAPTURE(is_reused);
      OneAtATime server;
      const std::string proxy = server.Origin("127.0.0.1");
      EventLoop loop;
      CurlClient client(loop);
      std::unique_ptr<Asker> asker;
      const auto ask = [&] {
        asker = std::make_unique<Asker>(
            client, row.url, AddressReach::kPublic, [&] { loop.Stop(); }, proxy);
      };
      std::unique_ptr<Asker> before;
      if (is_reused) {
        before = std::make_unique<Asker>(
            client, "http://a.invalid/x", AddressReach::kPublic, [&] { loop.Post(ask); }, proxy);
      } else {
        ask();
      }
      loop.Run();
      REQUIRE(asker);
      CHECK(asker->end.status.has_value() == row.is_asked);
      CHECK(asker->end.reason == (row.is_asked ? "" : "redirect"));
      CHECK(asker->peer.empty());
      CHECK(server.requests == (row.is_asked ? 1 : 0) + (is_reused ? 1 : 0));
    }
  }
}

TEST_CASE("the proxy of the environment is not asked, nor is one left out for it") {
  OneAtATime proxy;
  OneAtATime server;
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) {
    ::setenv(name, proxy.Origin("127.0.0.1").c_str(), 1);
  }
  ::setenv("no_proxy", "cdn.invalid", 1);
  EventLoop loop;
  {
    CurlClient client(loop);
    std::unique_ptr<Asker> proxied;
    Asker direct(client, server.Url("127.0.0.1"), AddressReach::kLoopback, [&] {
      CHECK(proxy.requests == 0);
      loop.Post([&] {
        proxied = std::make_unique<Asker>(
            client, "http://cdn.invalid/x", AddressReach::kPublic, [&] { loop.Stop(); },
            proxy.Origin("127.0.0.1"));
      });
    });
    loop.Run();
    CHECK(direct.end.status);
    REQUIRE(proxied);
    CHECK(proxied->end.status);
    CHECK(proxy.requests == 1);
  }
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY", "no_proxy"}) ::unsetenv(name);
}

}  // namespace
}  // namespace longshore
