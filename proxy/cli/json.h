#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cache/base/result.h"

namespace longshore::cli {

using Json = nlohmann::json;

// What the admin API answered; kBadUpstream if that is no JSON.
[[nodiscard]] inline Result<Json> ParseAnswer(const std::string& body) {
  Json json = Json::parse(body, nullptr, false);
  if (json.is_object()) return json;
  return Fail(Code::kBadUpstream, "the answer is no JSON: is this a Longshore of this version?");
}

inline uint64_t Number(const Json& json, const char* key) {
  return json.value(key, uint64_t{0});
}
inline std::string Text(const Json& json, const char* key) {
  return json.value(key, std::string());
}

}  // namespace longshore::cli
