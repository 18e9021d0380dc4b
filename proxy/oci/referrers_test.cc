#include "proxy/oci/referrers.h"

#include <doctest/doctest.h>

#include <string>

#include "proxy/oci/manifest.h"

namespace longshore {
namespace {

constexpr std::string_view kIndex =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)"
    R"({"digest":"sha256:a","artifactType":"application/sig","size":1,"annotations":{"z":"1","a":"2"}},)"
    R"({"digest":"sha256:b","artifactType":"application/sbom","size":2},)"
    R"({"digest":"sha256:c","size":3}],"annotations":{"k":"v"}})";

TEST_CASE("only the descriptors of the asked type stay, with their fields in order") {
  CHECK(
      *FilterReferrers(kIndex, "application/sig") ==
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)"
      R"({"digest":"sha256:a","artifactType":"application/sig","size":1,"annotations":{"z":"1","a":"2"}}],)"
      R"("annotations":{"k":"v"}})");
}

TEST_CASE("a type that nothing has gives an empty list, no type gives the same bytes") {
  CHECK(FilterReferrers(kIndex, "application/none")->find(R"("manifests":[])") !=
        std::string::npos);
  CHECK(*FilterReferrers(kIndex, "") == kIndex);
  CHECK(*FilterReferrers(R"( {"manifests": [ ] } )", "") == R"( {"manifests": [ ] } )");
}

TEST_CASE("the empty index is an index without referrers") {
  CHECK(CheckReferrers(kEmptyIndex));
  CHECK(*FilterReferrers(kEmptyIndex, "application/sig") == kEmptyIndex);
  CHECK(ParseManifest(kEmptyIndex, "")->kind == ManifestKind::kOciIndex);
}

TEST_CASE("what is no index is a bad upstream") {
  for (const std::string& body :
       {std::string(""), std::string("null"), std::string("[]"), std::string("{}"),
        std::string(R"({"manifests":{}})"), std::string(R"({"manifests":null})"),
        std::string(R"({"manifests":[)"), std::string("404 page not found"),
        R"({"manifests":[],"x":)" + std::string(100000, '[') + std::string(100000, ']') + "}"}) {
    CAPTURE(body.substr(0, 40));
    CHECK(CheckReferrers(body).error().code == Code::kBadUpstream);
    CHECK(FilterReferrers(body, "x").error().code == Code::kBadUpstream);
  }
  CHECK(CheckReferrers(std::string(kMaxManifestBytes + 1, ' ')).error().code == Code::kTooLarge);
}

TEST_CASE("entries that are no descriptors are of no type") {
  CHECK(*FilterReferrers(R"({"manifests":[null,5,"x",[],{"artifactType":7}]})", "x") ==
        R"({"manifests":[]})");
}

}  // namespace
}  // namespace longshore
