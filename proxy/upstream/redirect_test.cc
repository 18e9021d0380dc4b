#include "proxy/upstream/redirect.h"

#include <doctest/doctest.h>

#include <string>

namespace longshore {
namespace {

Result<std::string> TargetOf(const std::string& url, const std::string& location) {
  TransferHead head;
  head.status = 307;
  head.fields.Add("Location", location);
  return RedirectTarget(url, head);
}

TEST_CASE("only statuses that name where to go are redirects") {
  for (const int status : {301, 302, 303, 307, 308}) CHECK(IsRedirect(status));
  for (const int status : {200, 300, 304, 305, 306, 400}) CHECK_FALSE(IsRedirect(status));
}

TEST_CASE("a redirect leads to another path, another host, or from http to https") {
  CHECK(TargetOf("https://a/v2/x", "/blobs/1?sig=2") == "https://a/blobs/1?sig=2");
  CHECK(TargetOf("https://a/v2/x", "https://cdn.example/1") == "https://cdn.example/1");
  CHECK(TargetOf("http://a/v2/x", "https://a/v2/x") == "https://a/v2/x");
  CHECK(TargetOf("http://a/v2/x", "http://b/") == "http://b/");
}

TEST_CASE("a redirect that nobody should follow says why") {
  struct Row {
    std::string location;
    std::string reason;
  };
  const Row rows[] = {
      {"http://a/v2/x", "a redirect from https to http is not followed"},
      {"ftp://a/v2/x", "a URL that is neither http nor https"},
      {"file:///etc/passwd", "a URL that is neither http nor https"},
      {"https://user:pass@b/", "a URL with user-info or without a host"},
      {"https://b:port/", "a redirect to something that is not a URL"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.location);
    const auto target = TargetOf("https://a/v2/x", row.location);
    REQUIRE_FALSE(target);
    CHECK(target.error().code == Code::kBadUpstream);
    CHECK(target.error().message == row.reason);
  }
  CHECK(RedirectTarget("https://a/", {}).error().message == "a redirect without Location");
}

}  // namespace
}  // namespace longshore
