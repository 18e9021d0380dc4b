#include "proxy/oci/referrers.h"

#include <nlohmann/json.hpp>

#include "tests/fuzz/targets.h"

namespace longshore::fuzz {
namespace {

using Json = nlohmann::ordered_json;

// Their number, and that each is of the type.
size_t CountOfType(const Json& index, std::string_view type) {
  for (const Json& descriptor : index["manifests"]) {
    Require(descriptor.is_object() && descriptor.at("artifactType") == type,
            "only the type that was asked for is left");
  }
  return index["manifests"].size();
}

size_t CountInModel(const Json& index, std::string_view type) {
  size_t count = 0;
  for (const Json& descriptor : index["manifests"]) {
    const bool is_it = descriptor.is_object() && descriptor.contains("artifactType") &&
                       descriptor["artifactType"] == type;
    if (is_it) ++count;
  }
  return count;
}

}  // namespace

// A line of the artifact type, then the index.
void Referrers(std::string_view input) {
  const std::string type(TakeLine(input));
  const auto filtered = FilterReferrers(input, type);
  Require(filtered.has_value() == CheckReferrers(input).has_value(), "both judge alike");
  if (!filtered) return;
  if (type.empty()) {
    Require(*filtered == input, "unfiltered is unchanged");
    return;
  }
  const Json index = Json::parse(*filtered);
  Require(CountOfType(index, type) == CountInModel(Json::parse(input), type), "none is lost");
  Require(FilterReferrers(*filtered, type) == *filtered, "filtering again changes nothing");
}

}  // namespace longshore::fuzz
