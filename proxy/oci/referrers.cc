#include "proxy/oci/referrers.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "proxy/oci/json_depth.h"
#include "proxy/oci/manifest.h"

namespace longshore {
namespace {

using Json = nlohmann::ordered_json;  // what goes back to the client keeps its order

// The index, an object with a list of manifests.
Result<Json> ParseIndex(std::string_view text) {
  if (text.size() > kMaxManifestBytes) {
    return Fail(Code::kTooLarge, "the list of referrers is too large");
  }
  if (IsDeeperThan(text, kMaxManifestDepth)) {
    return Fail(Code::kBadUpstream, "the list of referrers nests too deeply");
  }
  auto index = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!index.is_object() || !index.contains("manifests") || !index["manifests"].is_array()) {
    return Fail(Code::kBadUpstream, "the list of referrers is not an image index");
  }
  return index;
}

bool IsOfType(const Json& descriptor, std::string_view artifact_type) {
  if (!descriptor.is_object()) return false;
  const auto found = descriptor.find("artifactType");
  if (found == descriptor.end()) return false;
  const auto* text = found->get_ptr<const std::string*>();
  return text != nullptr && *text == artifact_type;
}

}  // namespace

Result<std::string> FilterReferrers(std::string_view index, std::string_view artifact_type) {
  auto parsed = ParseIndex(index);
  if (!parsed) return tl::unexpected<Error>(std::move(parsed.error()));
  if (artifact_type.empty()) return std::string(index);

  Json kept = Json::array();
  for (Json& descriptor : (*parsed)["manifests"]) {
    if (IsOfType(descriptor, artifact_type)) kept.push_back(std::move(descriptor));
  }
  (*parsed)["manifests"] = std::move(kept);
  return parsed->dump(-1, ' ', false, Json::error_handler_t::replace);
}

Status CheckReferrers(std::string_view index) {
  auto parsed = ParseIndex(index);
  if (!parsed) return tl::unexpected<Error>(std::move(parsed.error()));
  return {};
}

}  // namespace longshore
