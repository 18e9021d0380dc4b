#include "proxy/oci/token_response.h"

#include <nlohmann/json.hpp>

#include "tests/fuzz/targets.h"

namespace longshore::fuzz {

void TokenResponse(std::string_view input) {
  const auto response = ParseTokenResponse(input);
  if (!response) {
    Require(response.error().code == Code::kBadUpstream, "it is the upstream that is wrong");
    return;
  }
  Require(!response->token.empty() && IsOneLine(response->token) &&
              response->token.find(' ') == std::string::npos,
          "a token can stand in a header");
  const auto life = response->expires_in.count();
  Require(life >= 1 && life <= 24 * 3600, "a token lives for a second to a day");
  const nlohmann::json written{{"token", response->token}, {"expires_in", life}};
  const auto again = ParseTokenResponse(written.dump());
  Require(again.has_value() && again->token == response->token &&
              again->expires_in == response->expires_in,
          "a token written out again is read as the same");
}

}  // namespace longshore::fuzz
