#include "proxy/oci/manifest.h"

#include <algorithm>
#include <set>
#include <utility>

#include "proxy/oci/manifest_reader.h"

namespace longshore {
namespace {

// Types that say nothing: what a file server or a careless registry puts on a manifest.
bool IsGeneric(std::string_view bare) {
  return bare.empty() || bare == "application/json" || bare == "text/plain" ||
         bare == "application/octet-stream" || bare == "binary/octet-stream";
}

// It becomes a header of ours, so what could break one is as good as no type: a bare CR, say, which
// HTTP clients let pass.
bool IsPlain(std::string_view bare) {
  return std::all_of(bare.begin(), bare.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// By what it holds, for a document that does not say what it is (OCI lets mediaType out). One that
// could be two things is neither: CVE-2021-41190.
ManifestKind KindOfShape(const ManifestDocument& document) {
  const bool image = document.Has(ManifestField::kConfig) && document.Has(ManifestField::kLayers);
  const bool index = document.Has(ManifestField::kManifests);
  const bool schema1 = document.Has(ManifestField::kFsLayers) && document.schema_version == 1;
  if (image && !index && !schema1) return ManifestKind::kOciManifest;
  if (index && !document.Has(ManifestField::kLayers) && !schema1) return ManifestKind::kOciIndex;
  if (schema1 && !index && !image) return ManifestKind::kDockerSchema1;
  return ManifestKind::kUnknown;
}

void DecideKind(const ManifestDocument& document, std::string_view content_type,
                ManifestFacts& facts) {
  std::string bare = BareMediaType(content_type);
  if (!IsPlain(bare)) bare.clear();
  facts.kind = KindOfMediaType(bare);
  if (facts.kind != ManifestKind::kUnknown || !IsGeneric(bare)) {
    facts.media_type = bare;
    return;
  }
  facts.kind = KindOfMediaType(document.media_type);
  if (facts.kind != ManifestKind::kUnknown) {
    facts.media_type = BareMediaType(document.media_type);
    return;
  }
  facts.kind = KindOfShape(document);
  facts.media_type = MediaTypeOf(facts.kind);
  if (facts.media_type.empty()) facts.media_type = bare.empty() ? "application/json" : bare;
}

std::vector<ManifestField> FieldsOf(ManifestKind kind) {
  switch (kind) {
    case ManifestKind::kOciIndex:
    case ManifestKind::kDockerList:
      return {ManifestField::kManifests};
    case ManifestKind::kOciManifest:
    case ManifestKind::kDockerManifest:
      return {ManifestField::kConfig, ManifestField::kLayers};
    case ManifestKind::kOciArtifact:
      return {ManifestField::kBlobs};
    case ManifestKind::kDockerSchema1:
      return {ManifestField::kFsLayers};
    case ManifestKind::kUnknown:
      break;
  }
  return {};
}

}  // namespace

Result<ManifestFacts> ParseManifest(std::string_view bytes, std::string_view content_type) {
  if (bytes.size() > kMaxManifestBytes) return Fail(Code::kTooLarge, "the manifest is too large");
  auto document = ReadManifest(bytes);
  if (!document) return tl::unexpected<Error>(std::move(document.error()));

  ManifestFacts facts;
  DecideKind(*document, content_type, facts);
  std::set<Digest> seen;  // not hashed: whoever makes a manifest chooses the digests in it
  for (const ManifestField field : FieldsOf(facts.kind)) {
    for (const Descriptor& descriptor : document->Of(field)) {
      if (seen.insert(descriptor.digest).second) facts.named.push_back(descriptor);
    }
  }
  if (const auto& subject = document->Of(ManifestField::kSubject); !subject.empty()) {
    facts.subject = subject.front().digest;
  }
  facts.artifact_type = std::move(document->artifact_type);
  return facts;
}

}  // namespace longshore
