#include "cache/base/digest.h"

#include <doctest/doctest.h>

namespace longshore {
namespace {

// FIPS 180-4 examples (NIST, "Cryptographic Standards and Guidelines: Example Values").
TEST_CASE("the NIST vectors") {
  CHECK(Digest::Of("abc").ToString() ==
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Digest::Of("").ToString() ==
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Digest::Of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").Hex() ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(Digest::Of("abc", DigestAlgorithm::kSha512).ToString() ==
        "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  Hasher million(DigestAlgorithm::kSha256);
  for (int i = 0; i < 1000; ++i) million.Update(std::string(1000, 'a'));
  CHECK(million.Finish().Hex() ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("what a digest prints is parsed back to itself") {
  for (const auto algorithm : {DigestAlgorithm::kSha256, DigestAlgorithm::kSha512}) {
    const Digest digest = Digest::Of("longshore", algorithm);
    CHECK(Digest::Parse(digest.ToString()) == digest);
    CHECK(Digest::FromRaw(algorithm, digest.Raw()) == digest);
  }
}

TEST_CASE("anything else is refused") {
  const std::string good = Digest::Of("abc").ToString();
  std::string upper = good;
  upper[7] = 'B';
  for (const std::string& bad :
       {std::string(), std::string("sha256:"), good.substr(0, good.size() - 1), good + "0", upper,
        "sha512:" + good.substr(7), "md5:" + good.substr(7), good.substr(7),
        "sha256:g" + good.substr(8), "sha256:" + std::string(64, '\0'),
        "sha256:../" + good.substr(10), " " + good}) {
    CAPTURE(bad);
    const auto parsed = Digest::Parse(bad);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Code::kInvalid);
  }
  CHECK_FALSE(Digest::FromRaw(DigestAlgorithm::kSha256, "short"));
  CHECK_FALSE(Digest::FromRaw(static_cast<DigestAlgorithm>(9), std::string(32, 'x')));
}

TEST_CASE("the same bytes in any pieces give the same digest") {
  const std::string bytes(10'000, 'z');
  Hasher hasher(DigestAlgorithm::kSha512);
  for (size_t at = 0, piece = 1; at < bytes.size(); at += piece, piece = piece * 2 + 1) {
    hasher.Update(std::string_view(bytes).substr(at, piece));
  }
  CHECK(hasher.Finish() == Digest::Of(bytes, DigestAlgorithm::kSha512));
}

}  // namespace
}  // namespace longshore
