#include "proxy/oci/challenge.h"

#include "tests/fuzz/targets.h"

namespace longshore::fuzz {
namespace {

std::string Quoted(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string Written(const longshore::Challenge& challenge) {
  std::string out = challenge.scheme;
  if (!challenge.token68.empty()) return out + ' ' + challenge.token68;
  std::string_view before = " ";
  for (const auto& [name, value] : challenge.params) {
    out += std::string(before) + name + '=' + Quoted(value);
    before = ", ";
  }
  return out;
}

bool AreEqual(const std::vector<longshore::Challenge>& a,
              const std::vector<longshore::Challenge>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].scheme != b[i].scheme || a[i].token68 != b[i].token68 || a[i].params != b[i].params) {
      return false;
    }
  }
  return true;
}

}  // namespace

// A header a line.
void Challenge(std::string_view input) {
  std::vector<std::string> headers;
  while (!input.empty()) headers.emplace_back(TakeLine(input));
  const auto challenges = ParseChallenges(headers);
  Require(challenges.size() <= kMaxChallenges, "challenges are few");
  std::string written;
  for (const longshore::Challenge& challenge : challenges) {
    Require(!challenge.scheme.empty() && IsOneLine(challenge.scheme), "a scheme is a word");
    if (!written.empty()) written += ", ";
    written += Written(challenge);
  }
  const std::vector<std::string> one{written};
  Require(AreEqual(ParseChallenges(one), challenges),
          "challenges written out again are read as the same");
  if (const auto bearer = FindBearer(challenges)) {
    Require(!bearer->realm.empty(), "a token can be asked for somewhere");
  }
}

}  // namespace longshore::fuzz
