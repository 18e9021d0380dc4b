#include "proxy/upstream/token_source.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_transfers.h"
#include "tests/support/manual_executor.h"

namespace longshore {
namespace {

struct Bed {
  // Somebody asks for a repository nobody named before, and is given a token for `seconds`.
  void Get(size_t number, const std::string& token, int seconds) {
    tokens.Fetch({"https://registry.example/token", "", "", ""}, Scope(number),
                 AddressReach::kPublic, transfers, executor,
                 [this](const Result<std::string>& got) { delivered += got ? 1U : 0U; });
    transfers.Answer(
        200, {}, R"({"token":")" + token + R"(","expires_in":)" + std::to_string(seconds) + "}");
    executor.RunAll();
    transfers.calls.clear();
  }
  static std::string Scope(size_t number) {
    return "repository:a/" + std::to_string(number) + ":pull";
  }
  size_t Kept(size_t of) const {
    size_t kept = 0;
    for (size_t number = 0; number < of; ++number) kept += tokens.Find(Scope(number)) ? 1U : 0U;
    return kept;
  }

  FakeClock clock;
  ManualExecutor executor{clock};
  FakeTransfers transfers;
  TokenSource tokens{{"hub", "https://registry.example", "", "", "", {}}, clock};
  size_t delivered = 0;
};

TEST_CASE("scopes without end take bounded memory, and the tokens that last longest stay") {
  Bed bed;
  constexpr size_t kAsked = TokenSource::kMostScopes * 3 / 2;
  for (size_t number = 0; number < kAsked; ++number) bed.Get(number, "t", number < 10 ? 3600 : 300);
  CHECK(bed.delivered == kAsked);
  const size_t kept = bed.Kept(kAsked);
  CHECK(kept <= TokenSource::kMostScopes);
  CHECK(kept >= TokenSource::kMostScopes / 10 * 9);
  CHECK(bed.Kept(10) == 10);
}

TEST_CASE("and so do large tokens") {
  Bed bed;
  const std::string token(128 << 10, 't');
  for (size_t number = 0; number < 1000; ++number) bed.Get(number, token, 300);
  CHECK(bed.delivered == 1000);
  const size_t kept = bed.Kept(1000);
  CHECK(kept * token.size() <= TokenSource::kMostBytes);
  CHECK(kept * token.size() >= TokenSource::kMostBytes / 2);
}

TEST_CASE("what has run out goes first") {
  Bed bed;
  for (size_t number = 0; number < TokenSource::kMostScopes; ++number) bed.Get(number, "t", 300);
  bed.clock.Advance(std::chrono::minutes(5));
  bed.Get(TokenSource::kMostScopes, "t", 300);
  CHECK(bed.Kept(TokenSource::kMostScopes + 1) == 1);
}

}  // namespace
}  // namespace longshore
