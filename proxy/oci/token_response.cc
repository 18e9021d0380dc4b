#include "proxy/oci/token_response.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "proxy/oci/json_depth.h"
#include "proxy/oci/rfc3339.h"

namespace longshore {
namespace {

constexpr std::chrono::seconds kDefaultLife{60};
constexpr std::chrono::seconds kLongestLife{24 * 3600};
constexpr int kMaxDepth = 16;

const std::string* FindText(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

std::chrono::seconds ReadLife(const nlohmann::json& object) {
  const auto found = object.find("expires_in");
  if (found == object.end() || !found->is_number()) return kDefaultLife;
  const auto seconds = found->get<double>();
  if (!(seconds >= 1)) return kDefaultLife;
  return std::chrono::seconds(
      static_cast<int64_t>(std::min(seconds, static_cast<double>(kLongestLife.count()))));
}

bool IsSafeInHeader(const std::string& token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

Result<TokenResponse> ParseTokenResponse(std::string_view body) {
  if (body.size() > kMaxTokenResponseBytes || IsDeeperThan(body, kMaxDepth)) {
    return Fail(Code::kBadUpstream, "the token server's answer is too large");
  }
  const auto object = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return Fail(Code::kBadUpstream, "the token server's answer is not a JSON object");
  }
  const std::string* token = FindText(object, "token");
  if (token == nullptr || token->empty()) token = FindText(object, "access_token");
  if (token == nullptr || token->empty()) {
    return Fail(Code::kBadUpstream, "the token server's answer has no token");
  }
  if (!IsSafeInHeader(*token)) {
    return Fail(Code::kBadUpstream, "the token server's token has characters that no token has");
  }
  TokenResponse response;
  response.token = *token;
  response.expires_in = ReadLife(object);
  if (const std::string* issued = FindText(object, "issued_at")) {
    response.issued_at = ParseRfc3339(*issued);
  }
  return response;
}

}  // namespace longshore
