#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace longshore {

// One challenge of a WWW-Authenticate header: RFC 9110 §11.3 and §11.6.1.
struct Challenge {
  std::string scheme;   // lower case
  std::string token68;  // instead of params, as in "Negotiate abc="
  // Names in lower case, values unquoted; the first of equals wins.
  std::map<std::string, std::string> params;
};

// `headers` are the values of all WWW-Authenticate headers of one response, in order; each may hold
// several challenges. What cannot be parsed is skipped up to the next comma that a challenge can
// follow, never an error: a registry with a sloppy header must still be usable. Pure, any thread;
// bounded by kMaxChallenges.
inline constexpr size_t kMaxChallenges = 16;
std::vector<Challenge> ParseChallenges(std::span<const std::string> headers);

// distribution docs/content/spec/auth/token.md
struct BearerChallenge {
  std::string realm;    // the URL to ask for a token; not empty
  std::string service;  // may be empty
  std::string scope;    // "repository:a/b:pull", may be empty or several separated by spaces
  std::string error;    // "invalid_token", "insufficient_scope", or empty
};
// The first Bearer challenge that has a realm.
std::optional<BearerChallenge> FindBearer(std::span<const Challenge> challenges);
bool HasBasic(std::span<const Challenge> challenges);

}  // namespace longshore
