#include "cache/index/keys.h"

#include <doctest/doctest.h>

#include <set>

#include "cache/index/object_key.h"

namespace longshore {
namespace {

TEST_CASE("different things never share a key") {
  const Digest digest = Digest::Of("x");
  std::set<std::string> keys;
  for (const auto& [upstream, name, tag] : std::initializer_list<std::array<const char*, 3>>{
           {"a", "b", "c"}, {"ab", "", "c"}, {"a", "bc", ""}, {"", "ab", "c"}, {"a", "b/c", ""}}) {
    keys.insert(*TagKey({upstream, name}, tag));
  }
  CHECK(keys.size() == 5);
  CHECK(*LinkKey({"a", "b"}, digest) !=
        *LinkKey({"a", "b"}, Digest::Of("x", DigestAlgorithm::kSha512)));
}

TEST_CASE("a name with a NUL is refused") {
  const std::string nul("a\0b", 3);
  CHECK(TagKey({nul, "b"}, "c").error().code == Code::kInvalid);
  CHECK(TagKey({"a", nul}, "c").error().code == Code::kInvalid);
  CHECK(TagKey({"a", "b"}, nul).error().code == Code::kInvalid);
  CHECK(LinkKey({nul, "b"}, Digest::Of("x")).error().code == Code::kInvalid);
}

TEST_CASE("a repository's tags stand together, and no other's among them") {
  const std::string prefix = *RepositoryPrefix({"docker.io", "library/debian"});
  CHECK(TagKey({"docker.io", "library/debian"}, "12")->starts_with(prefix));
  CHECK_FALSE(TagKey({"docker.io", "library/debian-slim"}, "12")->starts_with(prefix));
}

TEST_CASE("a digest key gives its digest back; anything else is corrupt") {
  for (const auto algorithm : {DigestAlgorithm::kSha256, DigestAlgorithm::kSha512}) {
    const Digest digest = Digest::Of("x", algorithm);
    CHECK(ParseDigestKey(DigestKey(digest)) == digest);
    CHECK_FALSE(ParseDigestKey(DigestKey(digest) + "x"));
  }
  CHECK(ParseDigestKey("").error().code == Code::kCorrupt);
  CHECK(ParseDigestKey("\x07" + std::string(32, 'x')).error().code == Code::kCorrupt);
}

TEST_CASE("an object key keeps its kind and leads back to the digest's first bytes") {
  const Digest digest = Digest::Of("x");
  for (const auto kind : {ObjectKind::kBlob, ObjectKind::kExtent, ObjectKind::kManifest}) {
    const ObjectKey key = MakeObjectKey(kind, digest);
    CHECK(KindOf(key) == kind);
    CHECK(digest.Raw().starts_with(RawPrefix(key)));
  }
}

TEST_CASE("a key tells what it was made of") {
  const RepositoryKey repository{"docker.io", "library/debian"};
  const auto tag = ParseTagKey(*TagKey(repository, "12"));
  REQUIRE(tag);
  CHECK(tag->repository == repository);
  CHECK(tag->tag == "12");
  // Its raw bytes may hold a NUL.
  const Digest digest = *Digest::FromRaw(DigestAlgorithm::kSha256, std::string(32, '\0'));
  const auto link = ParseLinkKey(*LinkKey(repository, digest));
  REQUIRE(link);
  CHECK(link->repository == repository);
  CHECK(link->digest == digest);
}

TEST_CASE("a damaged key is told") {
  CHECK(ParseTagKey("docker.io").error().code == Code::kCorrupt);
  CHECK(ParseLinkKey("docker.io").error().code == Code::kCorrupt);
  CHECK(ParseLinkKey(std::string("a\0b\0short", 9)).error().code == Code::kCorrupt);
}

}  // namespace
}  // namespace longshore
