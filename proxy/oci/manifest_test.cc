#include "proxy/oci/manifest.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace longshore {
namespace {

std::string D(char c) {
  return "sha256:" + std::string(64, c);
}

std::string Desc(char c, int size) {
  return R"({"mediaType":"x","digest":")" + D(c) + R"(","size":)" + std::to_string(size) + "}";
}

Descriptor Want(char c, uint64_t size) {
  return {*Digest::Parse(D(c)), size, false};
}

std::string ImageBody() {
  return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":)" +
         Desc('a', 1) + R"(,"layers":[)" + Desc('b', 2) + "," + Desc('c', 3) + "," + Desc('b', 2) +
         R"(],"subject":)" + Desc('d', 4) + R"(,"annotations":{"digest":"x","Digest":"y"}})";
}

std::string IndexBody() {
  return R"({"schemaVersion":2,"manifests":[{"digest":")" + D('a') +
         R"(","size":5,"platform":{"os":"linux","digest":")" + D('f') + R"("}},)" + Desc('b', 6) +
         "]}";
}

TEST_CASE("a descriptor's media type says whether it compresses") {
  const std::string body =
      R"({"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" +
      D('a') + R"("},"layers":[{"digest":")" + D('b') +
      R"(","mediaType":"application/vnd.oci.image.layer.v1.tar+gzip"},{"digest":")" + D('c') +
      R"(","mediaType":"application/vnd.oci.image.layer.v1.tar"}]})";
  const auto facts = ParseManifest(body, kOciManifestType);
  REQUIRE(facts);
  REQUIRE(facts->named.size() == 3);
  CHECK(facts->named[0].compressible);
  CHECK_FALSE(facts->named[1].compressible);
  CHECK(facts->named[2].compressible);
}

TEST_CASE("an image manifest names its config and each layer once, and not its subject") {
  const auto facts = ParseManifest(ImageBody(), "application/vnd.oci.image.manifest.v1+json");
  REQUIRE(facts);
  CHECK(facts->kind == ManifestKind::kOciManifest);
  CHECK(facts->media_type == kOciManifestType);
  CHECK(facts->named == std::vector{Want('a', 1), Want('b', 2), Want('c', 3)});
  CHECK(facts->subject == Want('d', 4).digest);
}

TEST_CASE("an index names its manifests, and nothing nested inside them") {
  const auto facts = ParseManifest(IndexBody(), kDockerListType);
  REQUIRE(facts);
  CHECK(facts->kind == ManifestKind::kDockerList);
  CHECK(IsIndex(facts->kind));
  CHECK(facts->named == std::vector{Want('a', 5), Want('b', 6)});
  CHECK_FALSE(facts->subject);
}

TEST_CASE("an artifact manifest names its blobs, schema 1 its fsLayers") {
  const auto artifact = ParseManifest(
      R"({"artifactType":"application/x","blobs":[)" + Desc('a', 1) + "]}", kOciArtifactType);
  REQUIRE(artifact);
  CHECK(artifact->kind == ManifestKind::kOciArtifact);
  CHECK(artifact->artifact_type == "application/x");
  CHECK(artifact->named == std::vector{Want('a', 1)});

  const auto schema1 = ParseManifest(R"({"schemaVersion":1,"fsLayers":[{"blobSum":")" + D('a') +
                                         R"("},{"digest":")" + D('b') + R"("}]})",
                                     "");
  REQUIRE(schema1);
  CHECK(schema1->kind == ManifestKind::kDockerSchema1);
  CHECK(schema1->named == std::vector{Want('a', 0)});
}

TEST_CASE("the Content-Type decides, then the mediaType field, then the shape") {
  struct Row {
    std::string_view content_type;
    std::string body;
    ManifestKind kind;
    std::string_view media_type;
  };
  const std::string oci_index = R"({"mediaType":"application/vnd.oci.image.index.v1+json"})";
  const Row rows[] = {
      {"application/vnd.oci.image.index.v1+json; charset=utf-8", "{}", ManifestKind::kOciIndex,
       kOciIndexType},
      {kDockerManifestType, oci_index, ManifestKind::kDockerManifest, kDockerManifestType},
      {"", oci_index, ManifestKind::kOciIndex, kOciIndexType},
      {"application/json", oci_index, ManifestKind::kOciIndex, kOciIndexType},
      {"text/plain; charset=utf-8", IndexBody(), ManifestKind::kOciIndex, kOciIndexType},
      {"", ImageBody(), ManifestKind::kOciManifest, kOciManifestType},
      {"", R"({"config":{},"layers":[]})", ManifestKind::kOciManifest, kOciManifestType},
      {"", R"({"schemaVersion":1,"fsLayers":[]})", ManifestKind::kDockerSchema1,
       kDockerSchema1SignedType},
      // A type that says something, but nothing we know, is believed.
      {"application/vnd.example+json", oci_index, ManifestKind::kUnknown,
       "application/vnd.example+json"},
      // What could be two things is neither.
      {"", R"({"config":{},"layers":[],"manifests":[]})", ManifestKind::kUnknown,
       "application/json"},
      {"", R"({"layers":[],"manifests":[]})", ManifestKind::kUnknown, "application/json"},
      {"text/plain", "{}", ManifestKind::kUnknown, "text/plain"},
      {"", R"({"mediaType":["application/vnd.oci.image.index.v1+json"]})", ManifestKind::kUnknown,
       "application/json"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.content_type);
    CAPTURE(row.body);
    const auto facts = ParseManifest(row.body, row.content_type);
    REQUIRE(facts);
    CHECK(facts->kind == row.kind);
    CHECK(facts->media_type == row.media_type);
  }
}

TEST_CASE(
    "a blob of someone else cannot be smuggled in through a field the upstream never checked") {
  const std::string own = R"("config":)" + Desc('a', 1) + R"(,"layers":[)" + Desc('b', 2) + "]";
  // In a field that belongs to another kind.
  const auto facts = ParseManifest(
      "{" + own + R"(,"manifests":[)" + Desc('e', 9) + R"(],"blobs":[)" + Desc('e', 9) + "]}",
      kOciManifestType);
  REQUIRE(facts);
  CHECK(facts->named == std::vector{Want('a', 1), Want('b', 2)});
  // In a second field of the same name, also as Go's parser compares names.
  for (const std::string twin :
       {"layers", "Layers", "LAYERS", "layer\\u017F", "layer\xC5\xBF", "\\u006cayers"}) {
    CAPTURE(twin);
    const std::string layers = "[" + Desc('e', 9) + "]";
    const std::string ours = "\"layers\":" + layers;
    const std::string theirs = "\"" + twin + "\":[]";
    for (const bool ours_first : {true, false}) {
      std::string body = "{";
      body.append(ours_first ? ours : theirs).append(",");
      body.append(ours_first ? theirs : ours).append("}");
      const auto refused = ParseManifest(body, kOciManifestType);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == Code::kBadUpstream);
    }
  }
  // In a second digest of one descriptor.
  for (const std::string twin : {"digest", "Digest", "dige\\u017Ft"}) {
    const auto refused = ParseManifest(
        R"({"layers":[{"digest":")" + D('b') + "\",\"" + twin + R"(":")" + D('e') + R"("}]})",
        kOciManifestType);
    CHECK_FALSE(refused);
  }
  const auto other =
      ParseManifest(R"({"layers":[{"digest":")" + D('b') + R"(","blobSum":")" + D('e') + R"("}]})",
                    kOciManifestType);
  REQUIRE(other);
  CHECK(other->named == std::vector{Want('b', 0)});
  // Nested where no descriptor stands.
  const auto nested =
      ParseManifest(R"({"config":[)" + Desc('e', 9) + R"(],"layers":{"x":)" + Desc('e', 9) +
                        R"(,"digest":")" + D('e') + R"("},"x":{"layers":[)" + Desc('e', 9) + "]}}",
                    kOciManifestType);
  REQUIRE(nested);
  CHECK(nested->named.empty());
}

TEST_CASE("a misspelled field names nothing, and annotations may differ by case only") {
  const auto facts = ParseManifest(
      R"({"Layers":[)" + Desc('a', 1) + R"(],"annotations":{"a":"","A":""}})", kOciManifestType);
  REQUIRE(facts);
  CHECK(facts->named.empty());
}

TEST_CASE("a descriptor that cannot be read is left out, a senseless size is 0") {
  const auto facts = ParseManifest(
      R"({"layers":[null,5,"x",[],{},{"digest":5},{"digest":"sha256:zz","size":1},{"digest":"blake3:aa"},)"
      R"({"digest":")" +
          D('a') + R"(","size":-1},{"digest":")" + D('b') + R"(","size":"7"},{"digest":")" +
          D('c') + R"(","size":1.5},{"digest":")" + D('d') +
          R"(","size":18446744073709551615},{"digest":")" + D('e') +
          R"(","size":9223372036854775807}]})",
      kOciManifestType);
  REQUIRE(facts);
  CHECK(facts->named == std::vector{Want('a', 0), Want('b', 0), Want('c', 0), Want('d', 0),
                                    Want('e', 9223372036854775807u)});
}

TEST_CASE("foreign layers are named like any other") {
  const auto facts = ParseManifest(
      R"({"layers":[{"mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip","urls":["https://x/"],"size":3,"digest":")" +
          D('a') + R"("}]})",
      kDockerManifestType);
  REQUIRE(facts);
  CHECK(facts->named == std::vector{Want('a', 3)});
}

TEST_CASE("what is no manifest is a bad upstream") {
  const std::string deep = R"({"x":)" + std::string(100, '[') + std::string(100, ']') + "}";
  for (const std::string& body :
       {std::string(""), std::string("x"), std::string("null"), std::string("5"), std::string("[]"),
        std::string("[{}]"), std::string("\"{}\""), std::string("{"), std::string("{}x"),
        std::string("{\"a\":\xFF}"), std::string("{\"a\":\"\xFF\"}"), std::string("<html>"), deep,
        std::string(1000000, '['), ImageBody().substr(0, 200)}) {
    CAPTURE(body.substr(0, 40));
    const auto facts = ParseManifest(body, kOciManifestType);
    REQUIRE_FALSE(facts);
    CHECK(facts.error().code == Code::kBadUpstream);
  }
}

TEST_CASE("a manifest of 4 MiB is the largest") {
  std::string body = "{}";
  body.append(kMaxManifestBytes - body.size(), ' ');
  CHECK(ParseManifest(body, ""));
  body += ' ';
  CHECK(ParseManifest(body, "").error().code == Code::kTooLarge);
}

TEST_CASE("a damaged manifest never names what the whole one did not") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string whole = ImageBody();
  for (int round = 0; round < 5000; ++round) {
    std::string body = whole;
    constexpr std::string_view kJunk = "{}[]\",:0\\x";
    for (auto hits = 1 + random() % 3; hits > 0; --hits) {
      body[random() % body.size()] = kJunk[random() % kJunk.size()];
    }
    const auto facts = ParseManifest(body, kOciManifestType);
    if (!facts) continue;
    CAPTURE(body);
    REQUIRE(facts->named.size() <= 4);  // a layer that comes twice may become two
  }
}

// The fuzzer's: a type with a bare CR in it was served as it came.
TEST_CASE("a content type that could break a header counts as none") {
  for (const char* type : {"a/b\rX: y", "a b", "a/\x01", "\xc3\xa9/x"}) {
    CAPTURE(type);
    CHECK(ParseManifest("{}", type)->media_type == "application/json");
  }
}

}  // namespace
}  // namespace longshore
