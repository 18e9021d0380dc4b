#include "proxy/admin/admin_guard.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <utility>

namespace longshore {
namespace {

using Header = std::pair<const char*, const char*>;

// The status of the refusal, 0 if there is none.
int Ask(const AdminGuard& guard, bool changes, std::initializer_list<Header> headers) {
  Request request;
  request.method = changes ? "POST" : "GET";
  for (const auto& [name, value] : headers) request.fields.Add(name, value);
  const auto refusal = guard.Check(request, changes);
  if (refusal) CHECK(refusal->message.find(' ') != std::string::npos);
  return refusal ? refusal->status : 0;
}

TEST_CASE("with a token, it must be right, as a bearer's or as a password") {
  const AdminGuard guard(Secret("s3cret"), AdminGuard::Reach::kOthers);
  CHECK(Ask(guard, false, {{"Host", "edge:5001"}, {"Authorization", "Bearer s3cret"}}) == 0);
  CHECK(Ask(guard, false, {{"Authorization", "bearer s3cret"}}) == 0);
  // "any:s3cret"
  CHECK(Ask(guard, false, {{"Authorization", "Basic YW55OnMzY3JldA=="}}) == 0);
  for (const char* wrong : {"Bearer s3cre", "Bearer s3cret ", "Bearer ", "Bearer", "s3cret", "",
                            "Basic s3cret", "Basic !!", "Basic czNjcmV0", "Digest s3cret"}) {
    CAPTURE(wrong);
    CHECK(Ask(guard, false, {{"Host", "127.0.0.1"}, {"Authorization", wrong}}) == 401);
  }
  CHECK(Ask(guard, false, {{"Host", "127.0.0.1"}}) == 401);
}

TEST_CASE("without a token, only the machine's own names are answered") {
  const AdminGuard guard(Secret(), AdminGuard::Reach::kThisMachine);
  for (const char* host : {"127.0.0.1:5001", "127.0.0.1", "127.9.9.9:1", "localhost:5001",
                           "LOCALHOST", "[::1]:5001", "[::1]"}) {
    CAPTURE(host);
    CHECK(Ask(guard, false, {{"Host", host}}) == 0);
  }
  for (const char* host : {"evil.example:5001", "127.0.0.1.evil.example", "192.0.2.1", "",
                           "[::2]:1", "localhost.evil.example:5001", "127.evil.example"}) {
    CAPTURE(host);
    CHECK(Ask(guard, false, {{"Host", host}}) == 403);
  }
  CHECK(Ask(guard, false, {}) == 403);
}

TEST_CASE("without a token, where other machines can connect, nobody is answered") {
  const AdminGuard guard(Secret(), AdminGuard::Reach::kOthers);
  for (const bool changes : {false, true}) {
    CHECK(Ask(guard, changes, {{"Host", "localhost:5001"}, {"X-Longshore-Request", "1"}}) == 403);
    CHECK(Ask(guard, changes, {{"Host", "edge:5001"}, {"Authorization", "Bearer "}}) == 403);
    CHECK(Ask(guard, changes, {{"Host", "edge:5001"}, {"Authorization", "Basic Og=="}}) == 403);
  }
}

TEST_CASE("on this machine alone, a token that is there is wanted all the same") {
  const AdminGuard guard(Secret("s3cret"), AdminGuard::Reach::kThisMachine);
  CHECK(Ask(guard, false, {{"Host", "localhost:5001"}}) == 401);
  CHECK(Ask(guard, false, {{"Host", "edge:5001"}, {"Authorization", "Bearer s3cret"}}) == 0);
}

TEST_CASE("a change must come from the page itself or carry a header that no form can send") {
  const AdminGuard guard(Secret(), AdminGuard::Reach::kThisMachine);
  const Header host{"Host", "localhost:5001"};
  CHECK(Ask(guard, true, {host}) == 403);
  CHECK(Ask(guard, true, {host, {"Origin", "http://evil.example"}}) == 403);
  CHECK(Ask(guard, true, {host, {"Origin", "null"}}) == 403);
  CHECK(Ask(guard, true, {host, {"Sec-Fetch-Site", "cross-site"}}) == 403);
  CHECK(Ask(guard, true, {host, {"Sec-Fetch-Site", "same-site"}}) == 403);
  CHECK(Ask(guard, true, {host, {"Sec-Fetch-Site", "same-origin"}}) == 0);
  CHECK(Ask(guard, true, {host, {"Origin", "http://localhost:5001"}}) == 0);
  CHECK(Ask(guard, true, {host, {"X-Longshore-Request", "1"}}) == 0);
}

TEST_CASE("a right token does not excuse a foreign page") {
  const AdminGuard guard(Secret("s3cret"), AdminGuard::Reach::kOthers);
  CHECK(Ask(guard, true,
            {{"Host", "edge:5001"},
             {"Authorization", "Bearer s3cret"},
             {"Origin", "http://evil.example"}}) == 403);
}

}  // namespace
}  // namespace longshore
