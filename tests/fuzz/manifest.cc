#include "proxy/oci/manifest.h"

#include <nlohmann/json.hpp>
#include <set>

#include "tests/fuzz/targets.h"

namespace longshore::fuzz {
namespace {

using Json = nlohmann::json;

// Every digest a document names in `field`, read the slow and obvious way.
void Gather(const Json& document, const char* field, const char* key, std::set<Digest>& digests) {
  const auto found = document.find(field);
  if (found == document.end()) return;
  for (const Json& entry : found->is_array() ? *found : Json::array({*found})) {
    if (!entry.is_object()) continue;
    const auto text = entry.find(key);
    if (text == entry.end() || !text->is_string()) continue;
    if (const auto digest = Digest::Parse(text->get<std::string>())) digests.insert(*digest);
  }
}

std::set<Digest> DigestsOf(const Json& document, ManifestKind kind) {
  std::set<Digest> digests;
  switch (kind) {
    case ManifestKind::kOciIndex:
    case ManifestKind::kDockerList:
      Gather(document, "manifests", "digest", digests);
      break;
    case ManifestKind::kOciManifest:
    case ManifestKind::kDockerManifest:
      Gather(document, "config", "digest", digests);
      Gather(document, "layers", "digest", digests);
      break;
    case ManifestKind::kOciArtifact:
      Gather(document, "blobs", "digest", digests);
      break;
    case ManifestKind::kDockerSchema1:
      Gather(document, "fsLayers", "blobSum", digests);
      break;
    case ManifestKind::kUnknown:
      break;
  }
  return digests;
}

}  // namespace

// A line of Content-Type, then the manifest.
void Manifest(std::string_view input) {
  const std::string_view content_type = TakeLine(input);
  const auto facts = ParseManifest(input, content_type);
  if (!facts) return;
  Require(!facts->media_type.empty() && IsOneLine(facts->media_type),
          "a media type can stand in a header");
  const Json document = Json::parse(input, nullptr, false);
  Require(document.is_object(), "what is taken is a JSON object");
  std::set<Digest> named;
  for (const Descriptor& descriptor : facts->named) {
    Require(named.insert(descriptor.digest).second, "each digest is named once");
  }
  const auto model = DigestsOf(document, facts->kind);
  for (const Digest& digest : named) {
    Require(model.contains(digest), "nothing is named that does not stand there");
  }
  const auto again = ParseManifest(input, facts->media_type);
  Require(again.has_value() && again->kind == facts->kind &&
              again->media_type == facts->media_type && again->named == facts->named,
          "a manifest served again is understood as the same");
}

}  // namespace longshore::fuzz
