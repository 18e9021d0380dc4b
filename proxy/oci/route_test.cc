#include "proxy/oci/route.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "proxy/oci/reference.h"

namespace longshore {
namespace {

const std::string hex64(64, 'a');
const std::string sha256 = "sha256:" + hex64;

TEST_CASE("every endpoint is told apart, with its name and reference") {
  struct Row {
    std::string target;
    RouteKind kind;
    std::string name;
    std::string reference;
  };
  const Row rows[] = {
      {"/v2/", RouteKind::kPing, "", ""},
      {"/v2", RouteKind::kPing, "", ""},
      {"/v2/?ns=docker.io", RouteKind::kPing, "", ""},
      {"/v2/_catalog", RouteKind::kCatalog, "", ""},
      {"/v2/a/manifests/latest", RouteKind::kManifest, "a", "latest"},
      {"/v2/library/debian/manifests/12", RouteKind::kManifest, "library/debian", "12"},
      {"/v2/a/manifests/" + sha256, RouteKind::kManifest, "a", sha256},
      {"/v2/a/manifests/sha256%3A" + hex64, RouteKind::kManifest, "a", sha256},
      {"/v2/quay.io/org/app/blobs/" + sha256, RouteKind::kBlob, "quay.io/org/app", sha256},
      {"/v2/a/b/tags/list?n=5", RouteKind::kTagsList, "a/b", ""},
      {"/v2/a/referrers/" + sha256, RouteKind::kReferrers, "a", sha256},
      {"/v2/a/blobs/uploads", RouteKind::kUpload, "a", ""},
      {"/v2/a/blobs/uploads/", RouteKind::kUpload, "a", ""},
      {"/v2/a/b/blobs/uploads/x-1", RouteKind::kUpload, "a/b", "x-1"},
      {"/v2/a/blobs/uploads/x/y/z", RouteKind::kUpload, "a", "x/y/z"},
      // Names may hold the words that part them from what follows.
      {"/v2/manifests/manifests/manifests", RouteKind::kManifest, "manifests", "manifests"},
      {"/v2/a/tags/list/manifests/v1", RouteKind::kManifest, "a/tags/list", "v1"},
      {"/v2/a/blobs/uploads/manifests/v1", RouteKind::kManifest, "a/blobs/uploads", "v1"},
      {"/v2/a/manifests/tags/list", RouteKind::kTagsList, "a/manifests", ""},
      {"/v2/a%62c/manifests/v%31", RouteKind::kManifest, "abc", "v1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target);
    const auto route = ParseRoute(row.target);
    REQUIRE(route);
    CHECK(route->kind == row.kind);
    CHECK(route->name == row.name);
    CHECK(route->reference == row.reference);
    CHECK(route->digest.has_value() == (row.reference == sha256));
    CHECK_FALSE(route->authority);
  }
}

TEST_CASE("every refusal has the status and the code of the spec") {
  struct Row {
    std::string target;
    int status;
    OciCode code;
  };
  const Row rows[] = {
      // Names.
      {"/v2/A/manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2//manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2/a//b/manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2//a/manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2/../a/manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2/%2e%2e/manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2/a/%2E%2E/%2e%2e/etc/blobs/" + sha256, 400, OciCode::kNameInvalid},
      {"/v2/a/./manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2/a%00b/manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2/a%0d%0ab/manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2/a%2Fb/manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2/a%2fmanifests/v1/tags/list", 400, OciCode::kNameInvalid},
      {"/v2/a%252e/manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2/a%/manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2/a%zz/manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2/" + std::string(256, 'a') + "/tags/list", 400, OciCode::kNameInvalid},
      {"/v2/A/blobs/uploads/", 400, OciCode::kNameInvalid},
      // Digests.
      {"/v2/a/blobs/latest", 400, OciCode::kDigestInvalid},
      {"/v2/a/blobs/sha256:abc", 400, OciCode::kDigestInvalid},
      {"/v2/a/blobs/sha256:" + std::string(64, 'A'), 400, OciCode::kDigestInvalid},
      {"/v2/a/blobs/md5:" + std::string(32, 'a'), 400, OciCode::kDigestInvalid},
      {"/v2/a/blobs/" + sha256 + "a", 400, OciCode::kDigestInvalid},
      {"/v2/a/blobs/", 400, OciCode::kDigestInvalid},
      {"/v2/a/blobs/sha256%3A..%2F..%2Fetc", 400, OciCode::kDigestInvalid},
      {"/v2/a/referrers/latest", 400, OciCode::kDigestInvalid},
      {"/v2/a/manifests/sha256:abc", 400, OciCode::kDigestInvalid},
      {"/v2/a/manifests/v1:v2", 400, OciCode::kDigestInvalid},
      // Tags.
      {"/v2/a/manifests/.INVALID_MANIFEST_NAME", 404, OciCode::kManifestUnknown},
      {"/v2/a/manifests/..", 404, OciCode::kManifestUnknown},
      {"/v2/a/manifests/%2e%2e", 404, OciCode::kManifestUnknown},
      {"/v2/a/manifests/", 404, OciCode::kManifestUnknown},
      {"/v2/a/manifests/a%2fb", 404, OciCode::kManifestUnknown},
      {"/v2/a/manifests/v1%00", 404, OciCode::kManifestUnknown},
      {"/v2/a/manifests/v1#x", 404, OciCode::kManifestUnknown},
      {"/v2/a/manifests/" + std::string(129, 'x'), 404, OciCode::kManifestUnknown},
      // Paths.
      {"", 404, OciCode::kUnsupported},
      {"/", 404, OciCode::kUnsupported},
      {"*", 404, OciCode::kUnsupported},
      {"host:443", 404, OciCode::kUnsupported},
      {"v2/", 404, OciCode::kUnsupported},
      {"//v2/", 404, OciCode::kUnsupported},
      {"/v2//", 404, OciCode::kUnsupported},
      {"/V2/", 404, OciCode::kUnsupported},
      {"/v1/_ping", 404, OciCode::kUnsupported},
      {"/v2/a", 404, OciCode::kUnsupported},
      {"/v2/a/b/c", 404, OciCode::kUnsupported},
      {"/v2/manifests/v1", 400, OciCode::kNameInvalid},
      {"/v2/a/tags/list/", 404, OciCode::kUnsupported},
      {"/v2/a/manifests/v1/", 404, OciCode::kUnsupported},
      {"/v2/_catalog/", 404, OciCode::kUnsupported},
      {"/../v2/a/manifests/v1", 404, OciCode::kUnsupported},
      // Queries and authorities.
      {"/v2/a/tags/list?n=%", 400, OciCode::kUnsupported},
      {"/v2/?ns=%zz", 400, OciCode::kUnsupported},
      {"http://user@host/v2/", 400, OciCode::kUnsupported},
      {"http:///v2/", 400, OciCode::kUnsupported},
      {"http://host", 404, OciCode::kUnsupported},
      {"http://host?ns=a", 404, OciCode::kUnsupported},
      {"ftp://host/v2/", 404, OciCode::kUnsupported},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target);
    const auto route = ParseRoute(row.target);
    REQUIRE_FALSE(route);
    CHECK(route.error().status == row.status);
    CHECK(ToString(route.error().code) == ToString(row.code));
    CHECK_FALSE(route.error().message.empty());
  }
}

TEST_CASE("a repository name of 255 bytes is still one") {
  CHECK(ParseRoute("/v2/" + std::string(255, 'a') + "/tags/list"));
}

TEST_CASE("sha512 is a digest too") {
  const auto route = ParseRoute("/v2/a/blobs/sha512:" + std::string(128, '0'));
  REQUIRE(route);
  CHECK(route->digest->algorithm() == DigestAlgorithm::kSha512);
}

TEST_CASE("an absolute-form target names its host, which replaces the Host header") {
  for (const std::string target : {"http://reg.example:5000/v2/a/manifests/v1?ns=quay.io",
                                   "HTTPS://reg.example:5000/v2/a/manifests/v1?ns=quay.io"}) {
    const auto route = ParseRoute(target);
    REQUIRE(route);
    CHECK(route->kind == RouteKind::kManifest);
    CHECK(route->authority == "reg.example:5000");
    CHECK(route->ns == "quay.io");
  }
}

TEST_CASE("the query is decoded, the first of equal keys counts, and unknown keys are kept") {
  const auto route = ParseRoute(
      "/v2/a/tags/"
      "list?ns=localhost%3A5000&ns=evil&n=10&last=v1%2B2&next_page=a%3D&artifactType=a%2Bb");
  REQUIRE(route);
  CHECK(route->ns == "localhost:5000");
  CHECK(route->n == "10");
  CHECK(route->last == "v1+2");
  CHECK(route->artifact_type == "a+b");
  CHECK(FindQuery(route->query, "next_page") == "a=");
  CHECK(route->query.size() == 6);
}

TEST_CASE("an empty ns is no ns") {
  const auto route = ParseRoute("/v2/a/tags/list?ns=");
  REQUIRE(route);
  CHECK_FALSE(route->ns);
}

TEST_CASE("an artifactType whose plus was not escaped is understood") {
  const auto route =
      ParseRoute("/v2/a/referrers/" + sha256 + "?artifactType=application/vnd.x+json");
  REQUIRE(route);
  CHECK(route->artifact_type == "application/vnd.x+json");
}

TEST_CASE("whatever comes, an accepted route holds only what the grammars allow") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string pieces[] = {"/",     "v2",       "a",         "..",      "manifests",
                                "blobs", "tags",     "list",      "uploads", sha256,
                                "%2e",   "%2F",      "%00",       "?ns=b",   "%",
                                "A",     "_catalog", "referrers", ":",       "http://h"};
  int accepted = 0;
  for (int round = 0; round < 50000; ++round) {
    std::string target = random() % 4 != 0 ? "/v2/" : "";
    for (auto left = random() % 7; left > 0; --left) target += pieces[random() % std::size(pieces)];
    const auto route = ParseRoute(target);
    if (!route) {
      REQUIRE(route.error().status >= 400);
      continue;
    }
    ++accepted;
    CAPTURE(target);
    if (route->kind == RouteKind::kPing || route->kind == RouteKind::kCatalog) continue;
    REQUIRE(IsValidRepositoryName(route->name));
    if (route->kind == RouteKind::kManifest) REQUIRE(ParseReference(route->reference));
  }
  CHECK(accepted > 100);
}

TEST_CASE("kinds have a closed set of names") {
  CHECK(ToString(RouteKind::kPing) == "ping");
  CHECK(ToString(RouteKind::kManifest) == "manifest");
  CHECK(ToString(RouteKind::kBlob) == "blob");
  CHECK(ToString(RouteKind::kTagsList) == "tags");
  CHECK(ToString(RouteKind::kReferrers) == "referrers");
  CHECK(ToString(RouteKind::kUpload) == "upload");
  CHECK(ToString(RouteKind::kCatalog) == "catalog");
  CHECK(AskedBy(RouteKind::kBlob) == Asked::kBlob);
  CHECK(AskedBy(RouteKind::kUpload) == Asked::kOther);
}

// It was echoed in OCI-Namespace as it came, and so could end that header and begin another.
TEST_CASE("a namespace that could break a header is refused") {
  for (const char* target : {"/v2/?ns=a%0d%0aSet-Cookie:%20x", "/v2/?ns=a%0a", "/v2/?ns=a%00",
                             "/v2/a/tags/list?ns=a+b", "/v2/a/tags/list?ns=%ff"}) {
    CAPTURE(target);
    const auto route = ParseRoute(target);
    REQUIRE_FALSE(route);
    CHECK(route.error().status == 400);
  }
}

}  // namespace
}  // namespace longshore
